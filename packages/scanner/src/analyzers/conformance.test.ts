import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileFacts } from '../layers/layer-facts.ts';
import type { Analyzer } from './analyzer.ts';
import { mutations } from '../fuzz/testing-mutations.ts';
import { analyzers, binaryAnalyzers } from './index.ts';
import { elfHeader, readProgram } from './programs/testing-program.ts';
import { fixtures, programFixtures } from './testing-fixtures.ts';

/** Shown to every analyzer as every file it wants; none of it may do more than be told. */
const malformed = {
  empty: Buffer.alloc(0),
  zeros: Buffer.alloc(10_000),
  'not UTF-8': Buffer.from([0xff, 0xfe, 0x80, 0x0a, 0xc3, 0x28]),
  'one long line': Buffer.alloc(1_000_000, 'a'),
  // What a careless regular expression takes minutes for.
  'a value of many spaces': Buffer.from(`A=${' '.repeat(60_000)}x\nPackage: ${' '.repeat(60_000)}x\n`),
  'deep JSON': Buffer.from('['.repeat(500_000)),
  'deep objects': Buffer.from('{"dependencies":{"a":'.repeat(50_000)),
  'closed deep objects': Buffer.from('{"dependencies":{"a":'.repeat(2_000) + '{}' + '}}'.repeat(2_000)),
  'JSON of another form': Buffer.from('{"packages": 7, "dependencies": "x", "name": {}, "version": []}'),
  'null JSON': Buffer.from('null'),
};

describe.each(analyzers)('analyzer $id', (analyzer) => {
  const fixture = fixtures[analyzer.id] ?? { reads: {}, ignores: [] };

  it('reads each of its fixtures without a warning', () => {
    expect(Object.keys(fixture.reads)).not.toEqual([]);
    for (const [path, bytes] of Object.entries(fixture.reads)) {
      expect(analyzer.wants(path)).toBe(true);
      const isAsked = analyzer.endings?.some((ending) => path.endsWith(ending)) ?? true;
      expect([path, isAsked]).toEqual([path, true]);
      const { facts, warnings } = read(analyzer, path, bytes);
      expect([path, Object.values(facts ?? {}).flat()]).not.toEqual([path, []]);
      expect(warnings).toEqual([]);
    }
  });

  it('does not want files that only look alike', () => {
    for (const path of fixture.ignores) expect([path, analyzer.wants(path)]).toEqual([path, false]);
  });

  it.each(Object.entries(malformed))('bears a file that is %s', (_name, bytes) => {
    for (const path of Object.keys(fixture.reads)) {
      const { failure } = read(analyzer, path, bytes);
      // A stack that overflows here would take the thread with it in a deeper call.
      expect(failure).not.toBeInstanceOf(RangeError);
    }
  });

  it('bears mutations of its fixtures, and names only words as packages', () => {
    const paths = Object.keys(fixture.reads);
    fc.assert(
      fc.property(fc.constantFrom(...paths), mutations, (path, mutate) => {
        const { facts } = read(analyzer, path, mutate(fixture.reads[path]!));
        for (const { name, version } of facts?.packages ?? []) {
          expect(name).toMatch(/^\S{1,512}$/);
          expect(version).toMatch(/^\S{1,512}$/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps nothing of the bytes it was shown', () => {
    for (const [path, bytes] of Object.entries(fixture.reads)) {
      const shown = Buffer.from(bytes);
      const { facts } = read(analyzer, path, shown);
      const before = JSON.stringify(facts);
      shown.fill(0);
      expect(JSON.stringify(facts)).toBe(before);
    }
  });
});

type Reading = { facts: FileFacts | undefined; warnings: string[]; failure?: unknown };

/** Reads as the layer reader does: an exception is a file that is not what the analyzer reads. */
function read(analyzer: Analyzer, path: string, bytes: Buffer): Reading {
  const warnings: string[] = [];
  const proves = (candidate: string) => candidate.endsWith('package.json');
  try {
    const facts = analyzer.read({ path, bytes, proves, warn: (message) => warnings.push(message) });
    return { facts, warnings };
  } catch (failure) {
    return { facts: undefined, warnings, failure };
  }
}

describe.each(binaryAnalyzers)('analyzer $id', (analyzer) => {
  const { reads, ignores } = programFixtures[analyzer.id] ?? { reads: {}, ignores: [] };
  const files = Object.entries(reads);

  it.each([7, 1_000, 65_536])('reads each of its fixtures in pieces of %i bytes', (pieceBytes) => {
    expect(files).not.toEqual([]);
    for (const [path, bytes] of files) {
      expect(analyzer.wants(path)).toBe(true);
      expect([path, readProgram(analyzer, bytes, { path, pieceBytes }).names?.length]).not.toEqual([
        path,
        undefined,
      ]);
    }
  });

  it('does not want files that only look alike', () => {
    for (const path of ignores) expect([path, analyzer.wants(path)]).toEqual([path, false]);
  });

  it.each(Object.entries(malformed))('tells nothing of a file that is %s', (_name, bytes) => {
    for (const [path] of files) {
      expect(readProgram(analyzer, bytes, { path }).facts).toEqual({});
      expect(readProgram(analyzer, Buffer.concat([elfHeader, bytes]), { path }).facts).toEqual({});
    }
  });

  it('bears mutations of its fixtures in pieces of any size, and names only words as packages', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        mutations,
        fc.integer({ min: 16, max: 5_000 }),
        ([path, bytes], mutate, pieceBytes) => {
          for (const name of readProgram(analyzer, mutate(bytes), { path, pieceBytes }).names ?? []) {
            expect(name).toMatch(/^\S{1,512} \S{1,512}$/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
