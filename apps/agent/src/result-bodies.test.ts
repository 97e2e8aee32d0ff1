import { randomUUID } from 'node:crypto';
import type { ImportResult } from '@plimsoll/contracts';
import { expect, it } from 'vitest';
import { ResultBodies } from './result-bodies.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;

function resultOf(names: readonly string[]): ImportResult {
  return {
    scanId: randomUUID(),
    referenceDigest: digest,
    inventory: {
      schemaVersion: 1,
      digest,
      platform: 'linux/amd64',
      os: null,
      layers: [],
      config: {},
      packages: names.map((name) => ({
        purl: `pkg:npm/${name}@1`,
        type: 'npm',
        name,
        version: '1',
        evidence: 'installed',
        locations: [],
      })),
      warnings: [],
      scanner: { version: '1', analyzers: {} },
      cost: { durationMs: 1, bytesPulled: 0, layersRead: 0, layersFromCache: 1 },
    },
  };
}

it.each([0, 1, 49, 50, 51, 1_234])('writes a result of %i packages as JSON would', (count) => {
  const result = resultOf(Array.from({ length: count }, (_, index) => `schön-"${index}"`));

  expect(JSON.parse(Buffer.concat(new ResultBodies().write(result)).toString())).toEqual(result);
});

it('writes packages that it has written before no second time', () => {
  const bodies = new ResultBodies();
  const first = resultOf(['a', 'b']);
  const second = { ...resultOf([]), inventory: first.inventory };

  expect(bodies.write(second)[1]).toBe(bodies.write(first)[1]);
  expect(JSON.parse(Buffer.concat(bodies.write(second)).toString())).toEqual(second);
});
