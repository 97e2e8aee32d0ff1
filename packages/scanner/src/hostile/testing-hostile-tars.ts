import { gzipSync, zstdCompressSync } from 'node:zlib';
import { paxHeader, rawTar, type RawTarEntry } from '@plimsoll/testkit';
import {
  file,
  honest,
  honestPackage,
  hostile,
  installed,
  type HostileImage,
} from './testing-hostile-image.ts';

const mebibyte = 1024 * 1024;
const release = 'etc/os-release';
const apkDatabase = 'lib/apk/db/installed';

/** A layer that breaks off: what came before is reported. */
const breaking = (what: string, layer: Buffer, warning: string): HostileImage => ({
  what,
  layer,
  warnings: [warning],
  finds: [honestPackage],
});

const hardLinks = (first: string): RawTarEntry[] =>
  Array.from({ length: 2_000 }, (_, index) => ({
    name: `app/node_modules/link${index}/package.json`,
    kind: '1',
    linkName: index === 0 ? first : `app/node_modules/link${index - 1}/package.json`,
  }));

const size = (bytes: Buffer | string): RawTarEntry => ({ name: 'x', size: Buffer.from(bytes) });

/** A file of 4 GiB of zeros, of which one compressed piece is repeated. */
function bomb(compress: (plain: Buffer) => Buffer): Buffer {
  const head = rawTar([honest, size(Buffer.from('800000000000000100000000', 'hex'))], { isEnded: false });
  const zeros = compress(Buffer.alloc(64 * mebibyte));
  return Buffer.concat([compress(head), ...Array<Buffer>(64).fill(zeros)]);
}

/** A frame that wants a gigabyte to look back into (RFC 8878, "Window Descriptor"), and one block stored as it is. */
function wideZstd(): Buffer {
  const tar = rawTar([honest]);
  const blockHeader = Buffer.alloc(3);
  blockHeader.writeUIntLE((tar.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.from('28b52ffd00a0', 'hex'), blockHeader, tar]);
}

/** For tests: tars and compressed streams that no well-meaning packer writes. */
export const hostileTars: readonly HostileImage[] = [
  hostile(
    'names that lead out of the image',
    [
      file('../../../app/node_modules/../node_modules/up/package.json', '{"name":"up","version":"1"}'),
      file('/app/../../etc/shadow', 'x'),
    ],
    ['path-outside'],
  ),
  hostile(
    'absolute links out of the image',
    [{ name: release, kind: '2', linkName: '/../../../etc/passwd' }],
    ['link-unresolved'],
  ),
  hostile(
    'links in a circle',
    [
      { name: release, kind: '2', linkName: '../usr/lib/os-release' },
      { name: 'usr/lib/os-release', kind: '2', linkName: '/etc/os-release' },
    ],
    ['link-unresolved'],
  ),
  hostile('a chain of hard links to nowhere', hardLinks('nowhere'), ['link-unresolved']),
  hostile('a chain of hard links to its own end', hardLinks('app/node_modules/link1999/package.json'), [
    'link-unresolved',
  ]),
  hostile(
    'devices in place of databases',
    [
      { name: apkDatabase, kind: '3' },
      { name: release, kind: '6' },
    ],
    ['file-unsupported'],
  ),
  hostile(
    'a sparse database of GNU',
    [{ name: apkDatabase, kind: 'S', body: 'P:a\nV:1\n\n' }],
    ['file-unsupported'],
  ),
  hostile(
    'a sparse database of pax',
    [
      paxHeader({ 'GNU.sparse.name': apkDatabase, 'GNU.sparse.realsize': '9'.repeat(15) }),
      file('x', 'P:a\n'),
    ],
    ['file-unsupported'],
  ),
  breaking(
    'a sparse map without an end',
    Buffer.concat([
      rawTar([honest, { name: apkDatabase, kind: 'S', patch: { 482: Buffer.from([1]) } }], {
        isEnded: false,
      }),
      Buffer.alloc(4 * mebibyte, 1),
    ]),
    'layer-truncated',
  ),
  hostile(
    'a pax name longer than any path',
    [paxHeader({ path: 'x/'.repeat(5_000) }), file('short')],
    ['path-too-long'],
  ),
  hostile(
    'a GNU name longer than any path',
    [{ name: 'L', kind: 'L', body: 'y/'.repeat(5_000) }, file('short')],
    ['path-too-long'],
  ),
  breaking(
    'a GNU name of two megabytes',
    rawTar([honest, { name: 'L', kind: 'L', body: Buffer.alloc(2 * mebibyte, 'y') }, file('short')]),
    'layer-corrupt',
  ),
  breaking('a pax size below zero', rawTar([honest, paxHeader({ size: '-1' }), file('x')]), 'layer-corrupt'),
  breaking(
    'a pax size beyond any disk',
    rawTar([honest, paxHeader({ size: '9'.repeat(30) }), file('x')]),
    'layer-corrupt',
  ),
  breaking('a size below zero', rawTar([honest, size(Buffer.alloc(12, 0xff))]), 'layer-corrupt'),
  breaking('a size beyond any disk', rawTar([honest, size('77777777777\0')]), 'layer-truncated'),
  breaking(
    'an end in the middle',
    rawTar([honest, file('x', 'y'.repeat(2_000))], { isEnded: false }).subarray(0, -1_500),
    'layer-truncated',
  ),
  breaking(
    'an end in the middle of its gzip stream',
    gzipSync(rawTar([honest, file('x', Buffer.alloc(mebibyte))])).subarray(0, -20),
    'layer-truncated',
  ),
  {
    what: 'a database that comes twice',
    layer: rawTar([honest, installed('twice', '1'), installed('twice', '2')]),
    warnings: ['file-repeated'],
    finds: [honestPackage, 'twice 2'],
  },
  {
    what: 'one entry a hundred thousand times',
    layer: rawTar([honest, ...Array<RawTarEntry>(100_000).fill(installed('often'))]),
    warnings: ['layer-too-many-facts'],
    finds: [honestPackage, 'often 1'],
  },
  breaking(
    'whiteouts of more than is kept',
    rawTar([
      honest,
      ...Array.from({ length: 120_000 }, (_, index) => file(`${'w'.repeat(80)}/.wh.${index}`)),
    ]),
    'layer-too-many-facts',
  ),
  breaking(
    'gzip that unpacks without end',
    bomb((plain) => gzipSync(plain)),
    'layer-too-large',
  ),
  breaking(
    'zstd that unpacks without end',
    bomb((plain) => zstdCompressSync(plain)),
    'layer-too-large',
  ),
  { what: 'zstd with a window of a gigabyte', layer: wideZstd(), warnings: ['layer-corrupt'], finds: [] },
];
