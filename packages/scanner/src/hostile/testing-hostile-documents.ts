import { analyzers } from '../analyzers/index.ts';
import { elfHeader } from '../analyzers/programs/testing-program.ts';
import { deflateSync } from 'node:zlib';
import { file, hostile, type HostileImage } from './testing-hostile-image.ts';

const mebibyte = 1024 * 1024;

/** A text of some size that repeats a piece. */
const repeated = (head: string, piece: string, bytes: number, tail = '') =>
  head + piece.repeat(Math.floor((bytes - head.length - tail.length) / piece.length)) + tail;

const steps = (line: (depth: number) => string, depth: number) =>
  Array.from({ length: depth }, (_, index) => line(index)).join('\n');

/** A program whose headers name segments beyond the file, over each other and over everything. */
function lyingElf(): Buffer {
  const elf = Buffer.from(elfHeader);
  elf.writeUInt16LE(2, 16);
  elf.writeBigUInt64LE(64n, 32);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(3, 56);
  const segments = [
    [0n, 0xffff_ffff_ffff_ffffn],
    [0xffff_ffff_ffff_0000n, 0xffffn],
    [64n, 1n << 40n],
  ].map(([offset = 0n, bytes = 0n]) => {
    const header = Buffer.alloc(56);
    header.writeUInt32LE(1, 0);
    header.writeUInt32LE(4, 4);
    header.writeBigUInt64LE(offset, 8);
    header.writeBigUInt64LE(bytes, 32);
    return header;
  });
  return Buffer.concat([elf, ...segments, Buffer.alloc(300_000, 'x')]);
}

/** A program of 64 bits with headers of a number, size and place that are none. */
function elfWith(start: bigint, entryBytes: number, count: number): Buffer {
  const elf = Buffer.from(elfHeader);
  elf.writeUInt16LE(3, 16);
  elf.writeBigUInt64LE(start, 32);
  elf.writeUInt16LE(entryBytes, 54);
  elf.writeUInt16LE(count, 56);
  return Buffer.concat([elf, Buffer.alloc(400_000, 'x')]);
}

/** As many lines or values as a file of this kind may have bytes for. */
function manyPieces(what: string, path: string, piece: string): HostileImage {
  const analyzer = analyzers.find((one) => one.wants(path))!;
  const bytes = Math.min(analyzer.maxFileBytes, 64 * mebibyte);
  const [head, tail, warning] = path.endsWith('.json')
    ? ['[0,', '0]', bytes > 8 * mebibyte ? ['file-unreadable'] : []]
    : path.endsWith('pdm.lock')
      ? ['[[package]]\nname = "a"\nversion = "1"\ngroups = [', ']\n', []]
      : ['', '', piece === 'ab\n' && !path.endsWith('yarn.lock') ? ['file-unreadable'] : []];
  return hostile(
    `${what} of nothing but ${JSON.stringify(piece)}`,
    [file(path, repeated(head, piece, bytes, tail))],
    warning,
  );
}

const program = (...parts: Buffer[]) => file('usr/bin/app', Buffer.concat([elfHeader, ...parts]));
const goMark = Buffer.from('\xff Go buildinf:\x08\x02', 'latin1');

/** For tests: documents of absurd depth or width, and programs that lie. */
export const hostileDocuments: readonly HostileImage[] = [
  hostile(
    'JSON of absurd depth in a lockfile',
    [
      file(
        'app/package-lock.json',
        `{"lockfileVersion":1,"dependencies":${'{"a":{"dependencies":'.repeat(50_000)}`,
      ),
    ],
    ['file-unreadable'],
  ),
  hostile(
    'whole JSON of absurd depth in a lockfile',
    [
      file(
        'app/package-lock.json',
        `{"lockfileVersion":1,"dependencies":${'{"a":{"dependencies":'.repeat(2_000)}{}${'}}'.repeat(2_000)}}`,
      ),
    ],
    ['file-unreadable'],
  ),
  hostile(
    'JSON of absurd depth in every manifest',
    Array.from({ length: 30 }, (_, index) =>
      file(`srv/node_modules/deep${index}/package.json`, repeated('', '[', mebibyte)),
    ),
    ['file-unreadable'],
  ),
  hostile(
    'JSON of ten million lists in an SBOM',
    [
      file(
        'opt/sbom.json',
        repeated('{"bomFormat":"CycloneDX","components":[[]', ',[]', 32 * mebibyte, ']}'),
      ),
    ],
    ['file-unreadable'],
  ),
  hostile(
    'JSON of as many keys as an SBOM may have',
    [
      file(
        'opt/sbom.json',
        `{"bomFormat":"CycloneDX","\u1e00":1,${Array.from({ length: 495_000 }, (_, index) => `"${String(index).padStart(58, 'k')}":{}`).join()}}`,
      ),
    ],
    [],
  ),
  hostile(
    'JSON of a million keys in a manifest',
    [
      file(
        'srv/node_modules/wide/package.json',
        `{${Array.from({ length: 600_000 }, (_, index) => `"k${index}":{}`).join()}}`,
      ),
    ],
    [],
  ),
  ...[
    ['a database of dpkg', 'var/lib/dpkg/status.d/base', '\n'],
    ['a database of apk', 'lib/apk/db/installed', 'ab\n'],
    ['a manifest of rpm', 'var/lib/rpmmanifest/container-manifest-2', 'ab\n'],
    ['a lockfile', 'app/yarn.lock', 'ab\n'],
    ['a lockfile of pdm', 'app/pdm.lock', '"a",'],
    ['environments of conda', 'conda-meta/a-1-0.json', '{},'],
    ['a manifest of npm', 'srv/node_modules/many/package.json', '[],'],
  ].map(([what = '', path = '', piece = '']) => manyPieces(what, path, piece)),
  hostile(
    'YAML of absurd depth in the lockfile of pnpm',
    [file('app/pnpm-lock.yaml', `packages:\n${steps((depth) => `${' '.repeat(depth)}a:`, 3_000)}`)],
    ['file-unreadable'],
  ),
  hostile(
    'YAML of absurd depth in the lockfile of yarn',
    [
      file(
        'app/yarn.lock',
        `__metadata:\n  version: 8\n${steps((depth) => `${' '.repeat(depth)}a:`, 3_000)}`,
      ),
    ],
    ['file-unreadable'],
  ),
  hostile(
    'YAML of absurd depth on one line',
    [file('app/pubspec.lock', repeated('packages: ', '[', mebibyte))],
    ['file-unreadable'],
  ),
  hostile(
    'YAML of aliases in aliases',
    [
      file(
        'app/pnpm-lock.yaml',
        `packages:\n${steps((depth) => `  a${depth}: &a${depth} [${`*a${depth - 1},`.repeat(20)}]`, 500)}`,
      ),
    ],
    [],
  ),
  hostile(
    'XML of absurd depth in an SBOM',
    [
      file(
        'opt/app.cdx.xml',
        `<bom xmlns="http://cyclonedx.org/schema/bom/1.6">${'<components><component>'.repeat(300_000)}`,
      ),
    ],
    ['file-unreadable'],
  ),
  hostile(
    'XML of entities in entities in an SBOM',
    [
      file(
        'opt/app.cdx.xml',
        `<!DOCTYPE bom [<!ENTITY a "x"><!ENTITY b "${'&a;'.repeat(1_000)}">]><bom xmlns="http://cyclonedx.org/schema/bom/1.6">&b;</bom>`,
      ),
    ],
    ['file-unreadable'],
  ),
  hostile(
    'TOML of absurd depth',
    [file('app/poetry.lock', `[[package]]\nname = ${'['.repeat(100_000)}\n[${'a.'.repeat(100_000)}b]\n`)],
    ['file-unreadable'],
  ),
  hostile(
    'TOML of absurd depth among the packages of a lockfile',
    [file('app/Cargo.lock', `[[package]]\nname = "a"\nversion = "1"\ndependencies = ${'['.repeat(5_000)}\n`)],
    ['file-unreadable'],
  ),
  hostile('a program with lying headers', [file('usr/bin/app', lyingElf())], ['file-unreadable']),
  hostile(
    'a program with headers at an impossible place',
    [file('usr/bin/app', elfWith(0xffff_ffff_ffff_ff00n, 56, 60_000))],
    ['file-unreadable'],
  ),
  hostile(
    'a program with headers without size',
    [file('usr/bin/app', elfWith(64n, 0, 0xffff))],
    ['file-unreadable'],
  ),
  hostile(
    'a program of nothing but marks',
    [program(Buffer.alloc(6_000_000, Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex')))],
    [],
  ),
  hostile(
    'a program with build info of absurd length',
    [
      program(
        goMark,
        Buffer.alloc(16),
        Buffer.from('ffffffffffffffff7f', 'hex'),
        Buffer.alloc(1_000_000, 'v'),
      ),
    ],
    [],
  ),
  hostile(
    'a program with audit data that unpacks without end',
    [
      program(
        deflateSync(Buffer.from(repeated('{"packages":[', ' ', 100 * mebibyte))),
        Buffer.alloc(300_000),
      ),
    ],
    [],
  ),
];
