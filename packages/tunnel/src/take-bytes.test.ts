import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { takeBytes } from './take-bytes.ts';

const unread = () => new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });

it('keeps what a session may send by its window, and cuts off an end that sends more', () => {
  const MiB = Buffer.alloc(1024 * 1024);
  const duplex = unread();
  duplex.on('error', () => undefined);

  for (let count = 0; count < 20; count += 1) takeBytes(duplex, MiB);
  const before = duplex.destroyed;
  takeBytes(duplex, MiB);

  expect([before, duplex.destroyed]).toEqual([false, true]);
});
