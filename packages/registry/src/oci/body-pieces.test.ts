import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { BodyPieces } from './body-pieces.ts';

afterEach(() => void vi.useRealTimers());

const memory = new Uint8Array(8);
const readText = async (pieces: BodyPieces) =>
  Buffer.from(memory.subarray(0, await pieces.read(memory))).toString();

it('makes pieces of the size asked for, whatever arrives', async () => {
  const body = new PassThrough();
  const pieces = new BodyPieces(body);
  for (const part of ['a', 'bcdefghijklm', 'nopqrstuvwx', 'yz']) body.write(part);
  body.end();

  const read = [];
  for (let piece = await readText(pieces); piece !== ''; piece = await readText(pieces)) read.push(piece);

  expect(read).toEqual(['abcdefgh', 'ijklmnop', 'qrstuvwx', 'yz']);
});

it('passes over the beginning', async () => {
  const body = new PassThrough();
  const pieces = new BodyPieces(body, 3);
  body.end('abcde');

  expect(await readText(pieces)).toBe('de');
  expect(await readText(pieces)).toBe('');
});

it('gives what came before a failure, then the failure', async () => {
  const body = new PassThrough();
  const pieces = new BodyPieces(body);
  const reading = readText(pieces);
  body.write('abc');
  await setImmediate();
  body.destroy(new Error('connection lost'));

  expect(await reading).toBe('abc');
  await expect(readText(pieces)).rejects.toThrow('connection lost');
});

it('takes a connection that closes without an end for a failure', async () => {
  const body = new PassThrough();
  const pieces = new BodyPieces(body);
  body.destroy();

  await expect(readText(pieces)).rejects.toThrow('other side closed');
});

it('lets its reader know of a server that trickles', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const body = new PassThrough();
  const pieces = new BodyPieces(body);
  const reading = readText(pieces);
  body.write('a');
  await setImmediate();
  vi.advanceTimersByTime(1_000);
  body.write('b');

  expect(await reading).toBe('ab');
});
