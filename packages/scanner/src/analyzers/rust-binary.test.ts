import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { elfHeader, readProgram } from './programs/testing-program.ts';
import { rustBinary } from './rust-binary.ts';
import { fixture } from './testing-read.ts';

const names = (bytes: Buffer, pieceBytes = 65_536) => readProgram(rustBinary, bytes, { pieceBytes }).names;

/** A program that holds audit data as cargo-auditable writes it, between other bytes. */
function withAuditData(document: unknown, level = 6): Buffer {
  const data = deflateSync(JSON.stringify(document), { level });
  return Buffer.concat([
    elfHeader,
    Buffer.from('x\x9cxx\x01x\xda', 'latin1'),
    data,
    Buffer.alloc(50_000, 'x'),
  ]);
}

const packages = [
  { name: 'app', version: '0.3.1', source: 'local', root: true },
  { name: 'helper', version: '0.1.0', source: 'local' },
  { name: 'itoa', version: '1.0.11', source: 'crates.io' },
  { name: 'cc', version: '1.2.0', source: 'crates.io', kind: 'build' },
  { name: 'patched', version: '2.0.0', source: 'git+https://example.com/patched' },
  { name: 'inner', version: '3.0.0', source: 'registry' },
];

it('reads the program itself and its crates, from a program that is stripped and built for size', () => {
  expect(readProgram(rustBinary, fixture('rust-1.95-program')).facts.packages).toEqual([
    { type: 'cargo', name: 'hello', version: '0.3.1', evidence: 'binary' },
    { type: 'cargo', name: 'itoa', version: '1.0.11', evidence: 'binary' },
    { type: 'cargo', name: 'memchr', version: '2.7.4', evidence: 'binary' },
  ]);
});

it.each([1, 6, 9])('leaves out what only built the program and what has no release, level %i', (level) => {
  const program = withAuditData({ packages, format: 1 }, level);

  for (const pieceBytes of [13, 65_536]) {
    expect(names(program, pieceBytes)).toEqual(['app 0.3.1', 'itoa 1.0.11', 'inner 3.0.0']);
  }
});

it('finds nothing in zlib streams of other content, however many', () => {
  const stream = deflateSync('{"package":[]}');
  expect(names(Buffer.concat([elfHeader, ...Array<Buffer>(20_000).fill(stream)]))).toBeUndefined();
});

it('finds nothing in audit data that unpacks to more than any program has', () => {
  const bomb = { packages: [{ name: 'a'.repeat(9_000_000), version: '1', source: 'crates.io' }] };
  expect(names(withAuditData(bomb))).toBeUndefined();
});

it('finds nothing in audit data that ends in the middle', () => {
  const program = withAuditData({ packages });
  expect(names(program.subarray(0, 200))).toBeUndefined();
});
