import { Worker } from 'node:worker_threads';
import type { Lend } from '../image-source.ts';
import type { LayerFacts } from './layer-facts.ts';
import type { FromThread, ToThread } from './layer-thread-messages.ts';
import { LayerError } from './layer-error.ts';
import type { LayerTask } from './read-layer.ts';

/** Blocks travel to and fro, so that memory is neither copied twice nor left to the garbage collector. */
const blockBytes = 256 * 1024;
const blocksPerThread = 8;

/** Young generation of a thread, MiB; the default of 48 is memory that a scan never needs. */
const youngMebibytes = 4;

/** One thread that reads layers, one at a time. */
export class LayerThread {
  readonly #worker: Worker;
  readonly #heapMebibytes: number;
  readonly #free: ArrayBuffer[] = [];
  /** Blocks that the source of the layer fills by itself. */
  readonly #lent = new Set<ArrayBuffer>();
  #outcome: PromiseWithResolvers<LayerFacts | undefined> | undefined;
  #failure: Error | undefined;
  #wake = () => {};

  /** @param heapMebibytes heap of the thread, MiB; beyond it the thread ends */
  constructor(heapMebibytes: number) {
    this.#heapMebibytes = heapMebibytes;
    for (let count = 0; count < blocksPerThread; count += 1) this.#free.push(new ArrayBuffer(blockBytes));
    this.#worker = new Worker(new URL('./layer-thread-main.ts', import.meta.url), {
      // Flags of the main process, such as a test runner's loader, are none of a thread's business.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMebibytes, maxYoungGenerationSizeMb: youngMebibytes },
    });
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(new Error('The reading thread ended')));
    // An idle thread keeps no process alive.
    this.#worker.unref();
  }

  get isAlive(): boolean {
    return this.#failure === undefined;
  }

  /**
   * Reads a layer. Throws what the source throws; a layer that takes too much memory is a LayerError. An abort ends the
   * thread, for one in the middle of a body, or one whose source has fallen silent, would not hear of it otherwise.
   */
  async read(
    open: (lend: Lend) => AsyncIterable<Uint8Array>,
    task: LayerTask,
    signal: AbortSignal,
  ): Promise<LayerFacts> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => {
      this.#die(signal.reason as Error);
      void this.close();
      aborted.reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([this.#run(open(this.#lend), task), aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #run(chunks: AsyncIterable<Uint8Array>, task: LayerTask): Promise<LayerFacts> {
    const outcome = (this.#outcome = Promise.withResolvers());
    // Awaited below; until then a failure is not unhandled.
    outcome.promise.catch(() => {});
    this.#worker.ref();
    this.#send({ kind: 'task', task });
    try {
      await this.#feed(chunks);
      this.#send({ kind: 'end' });
      return (await outcome.promise)!;
    } catch (error) {
      if (this.isAlive) {
        this.#send({ kind: 'stop' });
        await outcome.promise.catch(() => {});
      }
      throw error;
    } finally {
      this.#outcome = undefined;
      this.#worker.unref();
    }
  }

  async #feed(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    let block: Uint8Array<ArrayBuffer> | undefined;
    let fill = 0;
    const sendBlock = () => {
      if (block) this.#sendBlock(block.buffer, fill);
      block = undefined;
      fill = 0;
    };
    try {
      for await (const chunk of chunks) {
        if (this.#isLent(chunk)) {
          sendBlock();
          this.#sendBlock(chunk.buffer, chunk.length);
          continue;
        }
        for (let offset = 0; offset < chunk.length;) {
          block ??= new Uint8Array(await this.#freeBlock());
          const step = Math.min(blockBytes - fill, chunk.length - offset);
          block.set(chunk.subarray(offset, offset + step), fill);
          fill += step;
          offset += step;
          if (fill === blockBytes) sendBlock();
        }
      }
      sendBlock();
    } finally {
      // What was being filled when the source failed is free again.
      if (block) this.#free.push(block.buffer);
      for (const lent of this.#lent) this.#free.push(lent);
      this.#lent.clear();
    }
  }

  readonly #lend: Lend = async () => {
    const block = await this.#freeBlock();
    this.#lent.add(block);
    return block;
  };

  #isLent(chunk: Uint8Array): chunk is Uint8Array<ArrayBuffer> {
    return chunk.byteOffset === 0 && this.#lent.has(chunk.buffer as ArrayBuffer);
  }

  #sendBlock(block: ArrayBuffer, length: number): void {
    this.#lent.delete(block);
    this.#send({ kind: 'block', block, length }, [block]);
  }

  async #freeBlock(): Promise<ArrayBuffer> {
    for (;;) {
      if (this.#failure) throw this.#failure;
      const block = this.#free.pop();
      if (block) return block;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #send(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromThread): void {
    if (message.kind === 'block') {
      this.#free.push(message.block);
      this.#wake();
    } else if (message.kind === 'facts') this.#outcome?.resolve(message.facts);
    else if (message.kind === 'stopped') this.#outcome?.resolve(undefined);
    else this.#outcome?.reject(message.error);
  }

  #die(cause: Error): void {
    if (this.#failure) return;
    const isMemory = (cause as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
    this.#failure = isMemory
      ? new LayerError('layer-out-of-memory', `Reading the layer took more than ${this.#heapMebibytes} MiB`, {
          cause,
        })
      : cause;
    this.#outcome?.reject(this.#failure);
    this.#wake();
  }
}
