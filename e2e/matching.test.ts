import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFeed } from '@plimsoll/advisories';
import { evaluate, lookupKeys } from '@plimsoll/matching';
import { createLogger } from '@plimsoll/runtime';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { feedStatus } from '../apps/platform/src/advisories/feed-store.ts';
import { importAdvisories, type ImportReport } from '../apps/platform/src/advisories/import-advisories.ts';
import { readCandidates } from '../apps/platform/src/advisories/rule-store.ts';
import { connectDatabase } from '../apps/platform/src/database/connect.ts';
import { migrate } from '../apps/platform/src/database/migrate.ts';
import type { Database } from '../apps/platform/src/database/schema.ts';
import { generatedPackages } from '../apps/platform/src/findings/testing-generated-packages.ts';
import { naiveEvaluator } from '../apps/platform/src/findings/testing-naive-evaluator.ts';
import {
  newestOfEach,
  readRawAdvisories,
  type RawAdvisory,
} from '../apps/platform/src/findings/testing-raw-advisory.ts';

/** Real advisories of 17 ecosystems, when the checkout has them beside it. */
const folder = join(import.meta.dirname, '../../shared/advisories/osv');
const isHere = existsSync(folder);
if (!isHere) process.stdout.write('the large set of advisories is not here: matching is not compared\n');

const packageCount = 100_000;
const chunkPackages = 1_000;

describe.skipIf(!isHere)('the large set of advisories', () => {
  let database: TestDatabase;
  let db: Kysely<Database>;
  let reports: ImportReport[];
  let records: RawAdvisory[];
  let advisories: RawAdvisory[];

  beforeAll(async () => {
    database = await createTestDatabase();
    db = connectDatabase(database.connectionString);
    await migrate(db);
    const log = createLogger({ name: 'test', level: 'silent' });
    const deps = { db, log, onChanged: async () => {}, now: () => new Date() };
    records = await readRawAdvisories(folder);
    advisories = newestOfEach(records);
    reports = await importAdvisories(deps, await openFeed(folder));
  });
  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });

  it('is imported without losing a record', async () => {
    const stored = await db
      .selectFrom('advisory')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow();

    expect(reports.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(reports.reduce((sum, report) => sum + report.advisories, 0)).toBe(records.length);
    expect(Number(stored.count)).toBe(new Set(records.map(({ id }) => id)).size);
  });

  it('counts in each ecosystem what the manifest of the set counts', async () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
      ecosystems: { ecosystem: string; records: number }[];
    };
    const expected = Object.fromEntries(
      manifest.ecosystems.map(({ ecosystem, records: count }) => [ecosystem, count]),
    );
    const status = await feedStatus(db, new Date());

    expect(Object.fromEntries(reports.map((report) => [report.ecosystem, report.advisories]))).toEqual(
      expected,
    );
    expect(Object.fromEntries(status.map(({ id, attributes }) => [id, attributes.advisories]))).toEqual(
      expected,
    );
    expect(status.filter(({ attributes }) => attributes.skipped > 0 || attributes.last_error)).toEqual([]);
  });

  it(`gives ${packageCount} packages what reading every record gives`, async () => {
    const naive = naiveEvaluator(advisories);
    const wrong: unknown[] = [];
    let affected = 0;

    const packages = [...generatedPackages(advisories, packageCount, 7)];
    for (let start = 0; start < packages.length; start += chunkPackages) {
      const chunk = packages.slice(start, start + chunkPackages);
      const keys = new Map(chunk.flatMap(lookupKeys).map((key) => [nameOf(key), key]));
      const candidates = Map.groupBy(await readCandidates(db, [...keys.values()]), nameOf);
      for (const pkg of chunk) {
        const known = lookupKeys(pkg).flatMap((key) => candidates.get(nameOf(key)) ?? []);
        const verdicts = evaluate(pkg, known).filter((verdict) => verdict.affected);
        const ids = [...new Set(verdicts.map(({ advisoryId }) => advisoryId))].sort();
        const expected = naive(pkg);
        if (ids.length > 0) affected++;
        if (ids.join() !== expected.join()) wrong.push({ pkg, ids, expected });
      }
    }

    process.stdout.write(`${affected} of ${packageCount} generated packages are affected\n`);
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(affected).toBeGreaterThan(packageCount / 10);
  });
});

function nameOf({ ecosystem, name }: { readonly ecosystem: string; readonly name: string }): string {
  return `${ecosystem}\n${name}`;
}
