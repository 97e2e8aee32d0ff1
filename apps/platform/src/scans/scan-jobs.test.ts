import { randomUUID } from 'node:crypto';
import { createLogger } from '@plimsoll/runtime';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase } from '../database/connect.ts';
import type { Database } from '../database/schema.ts';
import { createJobs, type JobQueue } from '../jobs/create-jobs.ts';
import { DispatchJob, jobNames, wakeDispatch } from './scan-jobs.ts';

let database: TestDatabase;
let db: Kysely<Database>;
let jobs: JobQueue;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connectDatabase(database.connectionString);
  const log = createLogger({ name: 'test', level: 'silent' });
  jobs = createJobs({ connectionString: database.connectionString, log });
  const dispatch = { name: jobNames.dispatch, data: DispatchJob, concurrency: 1, retries: 1 };
  await jobs.start([{ ...dispatch, expireInSeconds: 60, handle: () => Promise.resolve() }], { work: false });
});

afterAll(async () => {
  await jobs.stop(1_000);
  await db.destroy();
  await database.drop();
});

async function waitingCalls(integrationId: string): Promise<number> {
  const { rows } = await sql`select from pgboss.job
    where name = ${jobNames.dispatch} and data->>'integrationId' = ${integrationId}`.execute(db);
  return rows.length;
}

it('lets one call wait, however many ask', async () => {
  const integrationId = randomUUID();
  for (let asked = 0; asked < 3; asked++) await wakeDispatch(jobs, integrationId);

  expect(await waitingCalls(integrationId)).toBe(1);
});

it('calls for the scans of a transaction beside a call that waits, which may come before they are there', async () => {
  const integrationId = randomUUID();
  await wakeDispatch(jobs, integrationId);
  await db.transaction().execute((transaction) => wakeDispatch(jobs, integrationId, { transaction }));

  expect(await waitingCalls(integrationId)).toBe(2);
});
