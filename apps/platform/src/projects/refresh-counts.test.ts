import type { Kysely } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../database/schema.ts';
import { addIntegration } from '../integrations/integration-store.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../testing-database.ts';
import { readCounts } from './issue-counts.ts';
import { refreshJob } from './refresh-counts.ts';
import { addTestFinding, addTestProjects, testDigest } from './testing-images.ts';

let database: MigratedDatabase;
let db: Kysely<Database>;
beforeAll(async () => {
  database = await createMigratedDatabase();
  ({ db } = database);
});
afterAll(() => database.drop());

/** Projects of three images; the first two hold the package that gets a finding. */
async function addProjects(slug: string, name: string): Promise<number> {
  const { id: orgId } = await db
    .insertInto('organization')
    .values({ name: slug, slug })
    .returning('id')
    .executeTakeFirstOrThrow();
  const owner = { orgId, integrationId: (await addIntegration(db, orgId, 'oci', 'registry')).id };
  const images = [
    ['a', `${name}@1`],
    ['b', `${name}@1`, 'zlib@1'],
    ['c', 'zlib@1'],
  ] as const;
  for (const [letter, ...packages] of images) {
    await addTestProjects(db, owner, [`${slug}/${letter}:1`, `${slug}/${letter}:2`], {
      digest: testDigest(letter),
      packages,
    });
  }
  return await addTestFinding(db, name, { vulnerability: 'CVE-2026-1', severity: 'high' });
}

async function highs(slug: string) {
  const rows = await db
    .selectFrom('project')
    .select(['repository', 'issue_counts', 'issue_ignored', 'issue_counts_at'])
    .where('repository', 'like', `${slug}/%`)
    .orderBy('repository')
    .execute();
  return rows.map((row) => readCounts(row, new Date()).high);
}

it.each([
  ['few', 1],
  ['many', 500],
])('counts the projects again whose images hold one of %s packages', async (slug, count) => {
  const changed = await addProjects(slug, `openssl-${slug}`);
  const others = Array.from({ length: count - 1 }, (_, index) => 1_000_000 + index);

  await refreshJob(db).handle({ packageIds: [...others, changed] }, new AbortController().signal);

  expect(await highs(slug)).toEqual([1, 1, 1, 1, 0, 0]);
});
