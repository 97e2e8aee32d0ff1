import { join } from 'node:path';
import { readOsvRecord } from '@plimsoll/advisories';
import { compileAdvisory, evaluate, lookupKeys, type Candidate } from '@plimsoll/matching';
import { expect, it } from 'vitest';
import { generatedPackages } from './testing-generated-packages.ts';
import { naiveEvaluator } from './testing-naive-evaluator.ts';
import { readRawAdvisories, type RawAdvisory } from './testing-raw-advisory.ts';

const folder = join(import.meta.dirname, '../../../../packages/testkit/data/advisories');
/** The run over the whole data set and through the database is in e2e/matching.test.ts. */
const packageCount = 5_000;

it('finds by index and intervals what reading every record finds', async () => {
  const advisories = await readRawAdvisories(folder);
  const index = indexOf(advisories);
  const naive = naiveEvaluator(advisories);
  const wrong: unknown[] = [];
  let affected = 0;

  for (const pkg of generatedPackages(advisories, packageCount, 1)) {
    const candidates = lookupKeys(pkg).flatMap(
      ({ ecosystem, name }) => index.get(`${ecosystem}\n${name}`) ?? [],
    );
    const found = evaluate(pkg, candidates).flatMap((verdict) =>
      verdict.affected ? verdict.advisoryId : [],
    );
    const ids = [...new Set(found)].sort();
    const expected = naive(pkg);
    affected += Math.sign(ids.length);
    if (ids.join() !== expected.join()) wrong.push({ pkg, ids, expected });
  }

  expect(wrong.slice(0, 5)).toEqual([]);
  expect(affected).toBeGreaterThan(packageCount / 10);
}, 120_000);

function indexOf(advisories: readonly RawAdvisory[]): Map<string, Candidate[]> {
  const index = new Map<string, Candidate[]>();
  for (const raw of advisories) {
    const document = Buffer.from(JSON.stringify(raw));
    for (const row of compileAdvisory(readOsvRecord(document)).rows) {
      const key = `${row.ecosystem}\n${row.name}`;
      const candidate = { ...row, advisoryId: raw.id };
      const known = index.get(key);
      if (known) known.push(candidate);
      else index.set(key, [candidate]);
    }
  }
  return index;
}
