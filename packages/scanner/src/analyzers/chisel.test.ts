import { zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { chisel } from './chisel.ts';
import { fixture, readFile } from './testing-read.ts';

const path = 'var/lib/chisel/manifest.wall';
const wall = (...lines: object[]) =>
  zstdCompressSync([{ jsonwall: '1.0' }, ...lines].map((line) => JSON.stringify(line)).join('\n'));

it('reads the packages that were cut, with their architecture', () => {
  expect(readFile(chisel, path, fixture('chisel-manifest.wall')).facts.packages).toEqual([
    { type: 'deb', name: 'base-files', version: '13ubuntu10.1', arch: 'amd64', evidence: 'installed' },
    {
      type: 'deb',
      name: 'python3.12-minimal',
      version: '3.12.3-1ubuntu0.5',
      arch: 'amd64',
      evidence: 'installed',
    },
  ]);
});

it('tells which package brought a file that proves another', () => {
  const manifest = wall(
    { kind: 'content', slice: 'nodejs_bins', path: '/usr/lib/node_modules/npm/package.json' },
    { kind: 'content', slice: 'nodejs_bins', path: '/usr/share/doc/nodejs/copyright' },
  );
  expect(readFile(chisel, path, manifest).facts.owns).toEqual([
    { package: 'nodejs', paths: ['usr/lib/node_modules/npm/package.json'] },
  ]);
});

it.each([
  ['is compressed in another way', /./, Buffer.from('{"jsonwall":"1.0"}')],
  ['begins otherwise', /jsonwall/, zstdCompressSync('{"kind":"package"}\n')],
  ['unpacks to more than any manifest', /larger than/, zstdCompressSync(Buffer.alloc(70_000_000, ' '))],
])('refuses a manifest that %s', (_what, message, bytes) => {
  expect(() => readFile(chisel, path, bytes)).toThrow(message);
});
