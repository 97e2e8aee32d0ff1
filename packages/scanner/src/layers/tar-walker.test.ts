import { paxHeader, rawTar, type RawTarEntry } from '@plimsoll/testkit';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { LayerError } from './layer-error.ts';
import { normalPath, TarWalker, type TarEntry } from './tar-walker.ts';

/** Walks an archive in pieces and tells what was seen; bodies of files are asked for when they are small. */
function walk(archive: Uint8Array, pieceBytes = archive.length || 1) {
  const entries: TarEntry[] = [];
  const bodies: Record<string, string> = {};
  const walker = new TarWalker({
    entry(entry) {
      entries.push(entry);
      return entry.type === 'file' && !entry.isSparse && entry.sizeBytes < 1_000_000;
    },
    body(entry, bytes) {
      bodies[entry.path] = bytes.toString('latin1');
    },
  });
  let code: string | undefined;
  try {
    for (let offset = 0; offset < archive.length; offset += pieceBytes) {
      walker.write(archive.subarray(offset, offset + pieceBytes));
    }
    walker.end();
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    code = error.code;
  }
  return { entries, bodies, code, paths: entries.map(({ path }) => path) };
}

const plain: RawTarEntry[] = [
  { name: './etc/', kind: '5' },
  { name: './etc/hosts', body: 'localhost' },
  { name: 'big', body: 'x'.repeat(3000) },
  { name: 'link', kind: '1', linkName: './etc/hosts' },
  { name: 'symlink', kind: '2', linkName: '/etc/hosts' },
  { name: 'null', kind: '3' },
  { name: 'empty' },
];

it('sees every entry with its type and body', () => {
  const { entries, bodies, code } = walk(rawTar(plain));

  expect(entries.map(({ type, path, target }) => [type, path, target])).toEqual([
    ['directory', 'etc', ''],
    ['file', 'etc/hosts', ''],
    ['file', 'big', ''],
    ['link', 'link', './etc/hosts'],
    ['symlink', 'symlink', '/etc/hosts'],
    ['device', 'null', ''],
    ['file', 'empty', ''],
  ]);
  expect(bodies).toEqual({ 'etc/hosts': 'localhost', big: 'x'.repeat(3000), empty: '' });
  expect(code).toBeUndefined();
});

it('sees the same however the bytes are cut', () => {
  const archive = rawTar([...plain, paxHeader({ path: 'p'.repeat(600) }), { name: 'short', body: 'long' }]);
  const whole = walk(archive);

  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), (pieceBytes) => {
      expect(walk(archive, pieceBytes)).toEqual(whole);
    }),
    { numRuns: 50 },
  );
});

it('tells where a body begins', () => {
  const archive = rawTar(plain);

  const { entries } = walk(archive, 700);

  const { bodyOffset, sizeBytes } = entries[1]!;
  expect(archive.toString('latin1', bodyOffset, bodyOffset + sizeBytes)).toBe('localhost');
});

it('joins the prefix of ustar, but not what GNU keeps in its place', () => {
  expect(walk(rawTar([{ name: 'b', prefix: 'a' }])).paths).toEqual(['a/b']);
  expect(walk(rawTar([{ name: 'b', prefix: 'a', magic: 'ustar  \0' }])).paths).toEqual(['b']);
});

it('reads long names of pax and of GNU', () => {
  const long = 'd/'.repeat(200) + 'file';

  expect(walk(rawTar([paxHeader({ path: long, mtime: '1.5' }), { name: 'd' }])).paths).toEqual([long]);
  expect(
    walk(rawTar([{ name: '././@LongLink', kind: 'L', body: `${long}\0` }, { name: 'd' }])).paths,
  ).toEqual([long]);
  const { entries } = walk(
    rawTar([
      { name: '././@LongLink', kind: 'K', body: `${long}\0` },
      { name: 'd', kind: '2', linkName: 'd' },
    ]),
  );
  expect(entries[0]?.target).toBe(long);
});

it('applies a pax header to one entry only', () => {
  expect(walk(rawTar([paxHeader({ path: 'renamed' }), { name: 'a' }, { name: 'b' }])).paths).toEqual([
    'renamed',
    'b',
  ]);
});

it('reads a size in base 256, and one that pax overrides', () => {
  const size = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);

  expect(walk(rawTar([{ name: 'a', body: 'hello', size }, { name: 'b' }])).bodies).toEqual({
    a: 'hello',
    b: '',
  });
  const overridden = rawTar([
    paxHeader({ size: '5' }),
    { name: 'a', body: 'hello', size: Buffer.from('0\0') },
    { name: 'b' },
  ]);
  expect(walk(overridden).bodies).toEqual({ a: 'hello', b: '' });
});

it.each([
  ['negative', Buffer.from([0xff, ...Buffer.alloc(11, 0xff)])],
  ['beyond what a number holds', Buffer.from([0x80, ...Buffer.alloc(11, 0xff)])],
  ['not a number', Buffer.from('12z45678901\0')],
])('refuses a size that is %s', (_name, size) => {
  expect(walk(rawTar([{ name: 'a', size }])).code).toBe('layer-corrupt');
});

it('ignores sizes of entries that have no body', () => {
  const archive = rawTar([
    { name: 'a', kind: '1', linkName: 'b', size: Buffer.from('00000001000\0') },
    { name: 'c' },
  ]);

  expect(walk(archive).paths).toEqual(['a', 'c']);
});

it('passes over an old GNU sparse file with its map, and knows one of pax', () => {
  const map = Buffer.alloc(512);
  const old = rawTar([
    {
      name: 'sparse',
      kind: 'S',
      body: Buffer.concat([map, Buffer.alloc(100, 'x')]),
      patch: { 482: Buffer.of(1) },
      size: Buffer.from('00000000144\0'),
      magic: 'ustar  \0',
    },
    { name: 'after' },
  ]);

  const { entries } = walk(old);
  expect(entries.map(({ path, isSparse }) => [path, isSparse])).toEqual([
    ['sparse', true],
    ['after', false],
  ]);
  const pax = rawTar([
    paxHeader({ path: 'GNUSparseFile.0/x', 'GNU.sparse.name': 'real', 'GNU.sparse.major': '1' }),
    { name: 'x' },
  ]);
  expect(walk(pax).entries).toMatchObject([{ path: 'real', isSparse: true }]);
});

it('passes over global pax headers', () => {
  expect(
    walk(rawTar([{ name: 'pax_global_header', kind: 'g', body: '52 comment=0123456789\n' }, { name: 'a' }]))
      .paths,
  ).toEqual(['a']);
});

it('stops at the end mark, whatever follows', () => {
  const { paths, code } = walk(Buffer.concat([rawTar([{ name: 'a' }]), Buffer.alloc(700, 'rubbish')]));

  expect([paths, code]).toEqual([['a'], undefined]);
});

it.each([
  ['in the middle of a header', 700],
  ['in the middle of a body', 512 + 100],
  ['before the end mark', 512 + 3072],
  ['in the middle of the end mark', 512 + 3072 + 512],
])('says that an archive is truncated that ends %s', (_name, length) => {
  expect(walk(rawTar([{ name: 'a', body: 'x'.repeat(3000) }]).subarray(0, length)).code).toBe(
    'layer-truncated',
  );
});

it('takes no bytes at all for an empty archive', () => {
  expect(walk(Buffer.alloc(0)).code).toBeUndefined();
});

it('refuses a wrong checksum and an absurd extended header', () => {
  const archive = rawTar([{ name: 'a' }]);
  archive[0] = 0x62;

  expect(walk(archive).code).toBe('layer-corrupt');
  expect(walk(rawTar([{ name: 'x', kind: 'x', size: Buffer.from('77777777777\0') }])).code).toBe(
    'layer-corrupt',
  );
  expect(walk(rawTar([{ name: 'x', kind: 'x', body: '5 nothing' }])).code).toBe('layer-corrupt');
});

it.each([
  ['./a', 'a'],
  ['/a/b/', 'a/b'],
  ['a//b', 'a/b'],
  ['../../etc/passwd', 'etc/passwd'],
  ['a/../../b', 'b'],
  ['./', ''],
  ['..a/.b/c..', '..a/.b/c..'],
])('brings %s to its normal form', (path, normal) => {
  expect(normalPath(path)).toBe(normal);
});

it('bears any bytes, and mutations of a good archive', () => {
  const good = rawTar([...plain, paxHeader({ path: 'long' }), { name: 'x' }, { name: 'y', kind: 'S' }]);
  const mutated = fc
    .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    .map((changes) => {
      const archive = Buffer.from(good);
      for (const [at, value] of changes) archive[at] = value;
      // Most changes would end at the checksum; here it is made right again, so that what lies behind it is reached.
      for (let block = 0; block < archive.length; block += 512)
        repairChecksum(archive.subarray(block, block + 512));
      return archive;
    });
  const any = fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes));

  fc.assert(
    fc.property(fc.oneof(any, mutated), fc.integer({ min: 1, max: 1_500 }), (archive, pieceBytes) => {
      const { paths, code } = walk(archive, pieceBytes);
      for (const path of paths) expect(path).not.toMatch(/(?:^|\/)\.{0,2}\/|^\//);
      expect([undefined, 'layer-corrupt', 'layer-truncated']).toContain(code);
    }),
    { numRuns: 1_000 },
  );
});

function repairChecksum(block: Buffer): void {
  if (block.toString('latin1', 257, 262) !== 'ustar') return;
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}
