import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { itemsOf, openFeed } from '@plimsoll/advisories';
import { compileAdvisory, evaluate, matchPackage, schemeOf, type Candidate } from '@plimsoll/matching';
import { beforeAll, describe, expect, it } from 'vitest';
import { installed } from './testing-installed.ts';

/** Expected matches against a set of real advisories, when the checkout has them beside it. */
const folder = join(import.meta.dirname, '../../../../../shared/advisories');
const isHere = existsSync(join(folder, 'match-vectors.json'));
if (!isHere) process.stdout.write('match vectors are not here: skipped\n');

type Vector = {
  ecosystem: string;
  name: string;
  version: string;
  expect?: Record<string, string | null>;
  expect_absent?: string[];
  expect_fix_safe?: Record<string, string>;
  total_ids?: number;
  modularity?: string;
};

const vectors: Vector[] = isHere
  ? JSON.parse(readFileSync(join(folder, 'match-vectors.json'), 'utf8')).vectors
  : [];
const covered = vectors.filter(({ ecosystem }) => schemeOf(ecosystem));
const candidates = new Map<string, Candidate[]>();

beforeAll(async () => {
  const wanted = new Set(covered.map(({ ecosystem, name }) => `${ecosystem} ${name}`));
  const ecosystems = [...new Set(covered.map(({ ecosystem }) => ecosystem.split(':')[0] ?? ''))];
  for (const part of isHere ? await openFeed(join(folder, 'osv'), { ecosystems }) : []) {
    for await (const item of itemsOf(part)) {
      if (!('advisory' in item)) continue;
      for (const row of compileAdvisory(item.advisory).rows) {
        const key = `${row.ecosystem} ${row.name}`;
        if (!wanted.has(key)) continue;
        candidates.set(key, [...(candidates.get(key) ?? []), { ...row, advisoryId: item.advisory.id }]);
      }
    }
  }
  process.stdout.write(
    `match vectors: ${covered.length} of ${vectors.length} are of an ecosystem we match\n`,
  );
}, 120_000);

describe.skipIf(!isHere)('match vectors', () => {
  it.each(covered)('$ecosystem $name $version', (vector) => {
    const pkg = installed(vector.ecosystem, vector.name, vector.version, {
      modularity: vector.modularity ?? '',
    });
    const known = candidates.get(`${vector.ecosystem} ${vector.name}`) ?? [];
    const affecting = evaluate(pkg, known).filter(({ affected }) => affected);
    const ids = new Set(affecting.map(({ advisoryId }) => advisoryId));
    const fixOf = (id: string) => {
      const own = known.filter(({ advisoryId }) => advisoryId === id);
      return matchPackage(pkg, own, { groups: new Map(), facts: new Map() })[0]?.fixedIn ?? null;
    };

    expect(vector.total_ids ?? ids.size).toBe(ids.size);
    expect([...ids]).toEqual(expect.arrayContaining(Object.keys(vector.expect ?? {})));
    expect((vector.expect_absent ?? []).filter((id) => ids.has(id))).toEqual([]);
    for (const [id, fixed] of Object.entries({ ...vector.expect, ...vector.expect_fix_safe })) {
      expect([id, fixOf(id)]).toEqual([id, fixed]);
    }
  });
});
