import { parentPort } from 'node:worker_threads';
import type { FromThread, ToThread } from './layer-thread-messages.ts';
import { readLayer } from './read-layer.ts';

// The program of a reading thread: one task after the other, its bytes arriving as messages.

const port = parentPort!;
const inbox: ToThread[] = [];
let wake = () => {};
port.on('message', (message: ToThread) => {
  inbox.push(message);
  wake();
});

class StoppedError extends Error {}

async function next(): Promise<ToThread> {
  for (;;) {
    const message = inbox.shift();
    if (message) return message;
    await new Promise<void>((resolve) => (wake = resolve));
  }
}

async function* blocks(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const message = await next();
    if (message.kind === 'end') return;
    if (message.kind !== 'block') throw new StoppedError();
    try {
      yield new Uint8Array(message.block, 0, message.length);
    } finally {
      giveBack(message.block);
    }
  }
}

function giveBack(block: ArrayBuffer): void {
  send({ kind: 'block', block }, [block]);
}

function send(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

for (;;) {
  const message = await next();
  if (message.kind === 'block') giveBack(message.block);
  // What else is left of a task that has ended is passed over.
  if (message.kind !== 'task') continue;
  try {
    const facts = await readLayer(blocks(), message.task);
    send({ kind: 'facts', facts }, [facts.nonFolders.buffer]);
  } catch (error) {
    send(error instanceof StoppedError ? { kind: 'stopped' } : { kind: 'failed', error: error as Error });
  }
}
