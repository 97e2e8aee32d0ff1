import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from '@plimsoll/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { LayerReaders } from '../layers/layer-readers.ts';
import { scanImage } from '../scan-image.ts';
import { sourceOf } from '../testing-image-source.ts';
import { analyzers, analyzerVersions, binaryAnalyzers } from './index.ts';
import { fixtures, programFixtures } from './testing-fixtures.ts';

const readers = new LayerReaders({ threads: 1 });
afterAll(() => readers.close());
const { signal } = new AbortController();

async function scan(files: Readonly<Record<string, Buffer>>) {
  const layer = Object.entries(files).map(([path, content]) => ({ path, content }));
  const image = await buildImage({ layers: [{ files: layer, mediaType: 'plain' }] });
  return scanImage(sourceOf(image), { readers }, signal);
}

/** Programs below the size at which real ones begin are not looked into. */
const grown = (program: Buffer) => Buffer.concat([program, Buffer.alloc(300_000)]);

/** What tells nothing by itself: whose files are whose, and of what an image was made. */
const besides = /^var\/lib\/dpkg\/(?:info\/.*\.list|status\.d\/.*\.md5sums)$|buildinfo\//;

const files = [
  ...analyzers.flatMap(({ id }) =>
    Object.entries(fixtures[id]?.reads ?? {}).map(([path, bytes]) => ({ id, path, bytes })),
  ),
  ...binaryAnalyzers.flatMap(({ id }) =>
    Object.entries(programFixtures[id]?.reads ?? {}).map(([path, bytes]) => ({
      id,
      path,
      bytes: grown(bytes),
    })),
  ),
];

describe('an image with nothing in it but', () => {
  it.each(files.filter(({ path }) => !besides.test(path)))(
    '$path is told by $id',
    async ({ id, path, bytes }) => {
      const { packages, os, warnings } = await scan({ [path]: bytes });

      expect(warnings).toEqual([]);
      expect(id === 'os-release' ? os?.id : packages.length).toBeTruthy();
      for (const { purl, version, locations } of packages) {
        expect(locations.map((location) => location.path)).toContain(path);
        expect(purl).toMatch(/^pkg:[a-z]+\/[^@]+@\S+$/);
        expect(version).not.toBe('');
      }
    },
  );
});

const page = readFileSync(join(import.meta.dirname, '../../../../docs/analyzers.md'), 'utf8');
const rows = page
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('docs/analyzers.md', () => {
  it('has a row for each analyzer, and none for anything else', () => {
    expect(rows.map(([, id = '']) => id).sort()).toEqual(
      Object.keys(analyzerVersions)
        .map((id) => `\`${id}\``)
        .sort(),
    );
  });

  it.each(rows)('%s%s says what is read, what is not, and where the format is specified', (...row) => {
    const [, , isRead, isNot, specified] = row;
    expect(isRead).not.toBe('');
    expect(isNot).not.toBe('');
    expect(specified).toMatch(/https:\/\/|own sources/);
  });
});

it('has a file of its own for each analyzer, and fixtures for no other', () => {
  const ids = Object.keys(analyzerVersions);
  expect(ids.filter((id) => !existsSync(join(import.meta.dirname, `${id}.ts`)))).toEqual([]);
  expect([...Object.keys(fixtures), ...Object.keys(programFixtures)].sort()).toEqual(ids.sort());
});
