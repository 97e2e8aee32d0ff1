import type { Kysely } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../database/schema.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../testing-database.ts';
import { forgetEvents } from './forget-events.ts';

let database: MigratedDatabase;
let db: Kysely<Database>;
beforeAll(async () => {
  database = await createMigratedDatabase();
  ({ db } = database);
});
afterAll(() => database.drop());

it('forgets old events, but not that a finding is closed', async () => {
  const { id } = await db
    .insertInto('package')
    .values({ purl: 'pkg:npm/x@1', type: 'npm', name: 'x', version: '1' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const event = (vulnerability: string, kind: string, day: string) => ({
    package_id: id,
    vulnerability,
    kind,
    cause: 'advisories',
    advisory_ids: [],
    severity: 'high',
    first_found_at: new Date('2025-01-01'),
    at: new Date(day),
  });
  await db
    .insertInto('finding_event')
    .values([
      event('CVE-1', 'opened', '2025-01-01'),
      event('CVE-1', 'closed', '2025-02-01'),
      event('CVE-2', 'closed', '2025-02-01'),
      event('CVE-2', 'reopened', '2025-03-01'),
      event('CVE-2', 'severity-changed', '2026-02-01'),
      event('CVE-3', 'opened', '2026-02-01'),
    ])
    .execute();

  await forgetEvents(db, new Date('2026-01-01'));

  const left = await db.selectFrom('finding_event').select(['vulnerability', 'kind']).orderBy('id').execute();
  expect(left.map(({ vulnerability, kind }) => [vulnerability, kind])).toEqual([
    ['CVE-1', 'closed'],
    ['CVE-2', 'severity-changed'],
    ['CVE-3', 'opened'],
  ]);
});
