import { describe, expect, it } from 'vitest';
import { nodeLocks } from '../node-locks.ts';
import { fixture, readFile } from '../testing-read.ts';

const read = (bytes: Buffer) => readFile(nodeLocks, 'app/bun.lockb', bytes);

describe.each(['0.5.9', '1.1.38', '1.4.5'])('a binary lockfile of bun %s', (version) => {
  const file = fixture(`locks/bun-${version}.lockb`);

  it('declares what bun itself lists of it', () => {
    const listed = fixture(`locks/bun-${version}.txt`).toString('utf8').trim().split('\n');

    const { names, warnings } = read(file);

    expect(names?.sort()).toEqual(listed);
    expect(warnings).toEqual([]);
  });

  it('is refused where it ends in the middle', () => {
    expect(() => read(file.subarray(0, 1_000))).toThrow(/too short/);
  });
});

it.each([
  ['of another format', (file: Buffer) => file.writeUInt32LE(9, 42), /format/],
  ['that counts more packages than it has', (file: Buffer) => file.writeUInt32LE(90_000, 86), /too short/],
  [
    'whose lists go backwards',
    (file: Buffer) => file.writeUInt32LE(1, file.readUInt32LE(118) + 8),
    /backwards/,
  ],
  [
    'whose lists lie far beyond it',
    (file: Buffer) => file.writeUInt32LE(0x5f5f_6f72, file.readUInt32LE(118) + 12),
    /too short for its lists/,
  ],
  ['whose packages lie beyond it', (file: Buffer) => file.writeUInt32LE(0xffff_ffff, 118), /too short/],
  ['that ends after its name', (file: Buffer) => file.fill(0, 60), /too short/],
  ['that is another file', (file: Buffer) => file.fill('x'), /no lockfile/],
])('refuses one %s', (_what, damage, message) => {
  const file = Buffer.from(fixture('locks/bun-1.1.38.lockb'));
  damage(file);

  expect(() => read(file)).toThrow(message);
});
