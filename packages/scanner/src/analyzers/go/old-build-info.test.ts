import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { goBinary } from '../go-binary.ts';
import { elfHeader, readProgram } from '../programs/testing-program.ts';
import { fixture } from '../testing-read.ts';
import { marked, oldProgram } from './testing-old-program.ts';

const names = (bytes: Buffer, pieceBytes = 65_536) => readProgram(goBinary, bytes, { pieceBytes }).names;

/** What `go version -m` said: `esbuild: go1.15.7`, then lines of modules. */
function recorded(name: string): string[] {
  const text = fixture(`go/${name}.txt`).toString('utf8');
  const modules = [...text.matchAll(/^\tdep\t(\S+)\t(\S+)/gm)].map(
    ([, path, version]) => `${path} ${version}`,
  );
  return [`stdlib ${/: go(\S+)/.exec(text)?.[1]}`, ...modules];
}

describe.each(['go-1.13.8-amd64', 'go-1.14.2-amd64', 'go-1.15.7-386', 'go-1.16.3-amd64', 'go-1.17.5-s390x'])(
  'a real program of %s',
  (name) => {
    it.each([1_000, 65_536])('tells what go version -m told of it, in pieces of %i bytes', (pieceBytes) => {
      expect(names(zstdDecompressSync(fixture(`go/${name}.zst`)), pieceBytes)).toEqual(recorded(name));
    });
  },
);

describe.each([
  { isWide: true, isBigEndian: false },
  { isWide: true, isBigEndian: true },
  { isWide: false, isBigEndian: false },
  { isWide: false, isBigEndian: true },
])('a program from before Go 1.18, %j', (form) => {
  const modules = 'path\tdemo\nmod\tdemo\tv1.2.3\th1:\ndep\tgolang.org/x/net\tv0.1.0\th1:\n';

  it.each([1, 16, 65_536])('is read by its addresses, in pieces of %i bytes', (pieceBytes) => {
    const constants = 'go1.16.2 go1.13 ';

    expect(names(oldProgram({ ...form, version: 'go1.17.5', modules, constants }), pieceBytes)).toEqual([
      'stdlib 1.17.5',
      'demo v1.2.3',
      'golang.org/x/net v0.1.0',
    ]);
  });

  it('has no release where a development tree made it, whatever its constants say', () => {
    const version = 'devel +abc Mon Jan 1';

    expect(names(oldProgram({ ...form, version, modules, constants: 'go1.16.2 ' }))).toEqual([
      'demo v1.2.3',
      'golang.org/x/net v0.1.0',
    ]);
  });

  it('has no modules where it was built outside of them, whatever its constants say', () => {
    const constants = marked('dep\tother\tv9.0.0\n').toString('latin1');

    expect(names(oldProgram({ ...form, version: 'go1.13', constants }))).toEqual(['stdlib 1.13']);
  });
});

/** The header of build info with addresses that lead nowhere, at a boundary of 16 bytes of the file. */
function unlinked(text: Buffer): Buffer {
  const before = Buffer.concat([elfHeader, text]);
  const header = Buffer.concat([
    Buffer.from('\xff Go buildinf:', 'latin1'),
    Buffer.from([8, 0]),
    Buffer.alloc(16, 0x55),
  ]);
  return Buffer.concat([before, Buffer.alloc(128 - (before.length % 16)), header]);
}

it('takes the only text that can be the version where addresses lead nowhere', () => {
  const modules = marked('dep\tgolang.org/x/net\tv0.1.0\th1:\n');

  expect(names(unlinked(Buffer.concat([Buffer.from('x go1.17.5gofmt '), modules])))).toEqual([
    'stdlib 1.17.5',
    'golang.org/x/net v0.1.0',
  ]);
});

it('does not choose among several versions where addresses lead nowhere', () => {
  const modules = marked('dep\tgolang.org/x/net\tv0.1.0\th1:\n');

  expect(names(unlinked(Buffer.concat([Buffer.from('go1.17.5 go1.16.2 '), modules])))).toEqual([
    'golang.org/x/net v0.1.0',
  ]);
});
