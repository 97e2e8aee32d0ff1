import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { mutations } from '../fuzz/testing-mutations.ts';
import { goBinary } from './go-binary.ts';
import { marked } from './go/testing-old-program.ts';
import { elfHeader, readProgram } from './programs/testing-program.ts';
import { fixture } from './testing-read.ts';

const program = fixture('go-1.26-program');

const read = (bytes: Buffer) => readProgram(goBinary, bytes).facts;
const names = (bytes: Buffer, pieceBytes?: number) =>
  readProgram(goBinary, bytes, pieceBytes === undefined ? {} : { pieceBytes }).names;

it('reads the standard library and the modules of a stripped program, replaced ones by what replaces them', () => {
  expect(read(program).packages).toEqual([
    { type: 'golang', name: 'stdlib', version: '1.26.8', evidence: 'binary' },
    { type: 'golang', name: 'golang.org/x/text', version: 'v0.3.7', evidence: 'binary' },
    { type: 'golang', name: 'gopkg.in/yaml.v2', version: 'v2.4.0', evidence: 'binary' },
  ]);
});

it.each([1, 7, 64, 1_000])('reads a program in pieces of %i bytes', (pieceBytes) => {
  expect(names(program, pieceBytes)).toEqual([
    'stdlib 1.26.8',
    'golang.org/x/text v0.3.7',
    'gopkg.in/yaml.v2 v2.4.0',
  ]);
});

const elf = elfHeader;
const magic = Buffer.from('\xff Go buildinf:', 'latin1');
/** Build info as it is since Go 1.18, with lengths below 128. */
function inline(version: string, modules: string): Buffer {
  const text = marked(modules);
  const header = Buffer.concat([magic, Buffer.from([8, 2]), Buffer.alloc(16)]);
  return Buffer.concat([
    header,
    Buffer.from([version.length]),
    Buffer.from(version),
    Buffer.from([text.length]),
    text,
  ]);
}

it.each([
  ['go1.23rc1', ['stdlib 1.23.0-rc1']],
  ['go1.22.4 X:boringcrypto', ['stdlib 1.22.4']],
  ['devel go1.24-abc', []],
])('tells the standard library of %s', (version, packages) => {
  expect(names(Buffer.concat([elf, inline(version, '')])) ?? []).toEqual(packages);
});

it.each([
  ['(devel)', []],
  ['v0.0.0-20240101000000-0123456789ab', []],
  ['v1.2.3', ['demo v1.2.3']],
])('takes a program with the version %s for %j', (version, packages) => {
  const modules = `mod\tdemo\t${version}\t\n`;

  expect(names(Buffer.concat([elf, inline('go1.22.4', modules)]))).toEqual(['stdlib 1.22.4', ...packages]);
});

it.each([
  ['-ldflags="-s -w -X demo/version.Version=v3.1.2"', ['demo v3.1.2']],
  ['-ldflags="-X \'main.version=3.1.2-rc1\' -X main.commit=1.2.3"', ['demo v3.1.2-rc1']],
  ['-ldflags=-X=demo/internal.appVersion=1.0.0', ['demo v1.0.0']],
  ['-ldflags="-X other.com/lib.Version=1.2.3"', []],
  ['-ldflags="-X main.version=main-1.2.3"', []],
])('takes the version that a linker flag set for a program without one: %s', (flags, packages) => {
  const modules = `mod\tdemo\t(devel)\t\nbuild\t${flags}\n`;

  expect(names(Buffer.concat([elf, inline('go1.22.4', modules)]))).toEqual(['stdlib 1.22.4', ...packages]);
});

it('passes over a magic that begins no build info, as in the tools of Go themselves', () => {
  const tool = Buffer.concat([
    elf,
    magic,
    Buffer.from('and other texts of the program'),
    inline('go1.22.4', ''),
  ]);

  expect(names(tool)).toEqual(['stdlib 1.22.4']);
});

it('finds nothing in what is no program', () => {
  expect(read(Buffer.concat([Buffer.from('#!/bin/sh\n'), program]))).toEqual({});
  expect(read(Buffer.concat([elf, Buffer.alloc(100_000)]))).toEqual({});
  expect(read(Buffer.alloc(0))).toEqual({});
});

it.each([
  ['usr/bin/kubectl', true],
  ['manager', true],
  ['usr/local/bin/helm.v3', true],
  ['usr/share/doc/x/copyright', false],
  ['etc/hosts', false],
  ['app/main.js', false],
  ['app/node_modules/a/LICENSE', false],
  ['app/node_modules/@esbuild/linux-x64/bin/esbuild', true],
])('wants %s: %s', (path, isWanted) => {
  expect(goBinary.wants(path)).toBe(isWanted);
});

it('bears mutated programs, in pieces of any size', () => {
  fc.assert(
    fc.property(mutations, fc.integer({ min: 16, max: 5_000 }), (mutate, pieceBytes) => {
      for (const name of names(mutate(program), pieceBytes) ?? []) {
        expect(name).toMatch(/^\S{1,512} \S{1,512}$/);
      }
    }),
    { numRuns: 300 },
  );
});

const go = '/usr/local/go/bin/go';

it.skipIf(!existsSync(go))('tells the version of the Go on this machine (skipped without)', () => {
  const [, version] =
    /go(\S+)/.exec(execFileSync(go, ['version', go], { encoding: 'utf8' }).slice(go.length)) ?? [];

  expect(names(readFileSync(go))).toEqual([`stdlib ${version}`]);
});
