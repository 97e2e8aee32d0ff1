import { createLogger } from '@plimsoll/runtime';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import { type Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { connectDatabase } from '../database/connect.ts';
import type { Database } from '../database/schema.ts';
import { createJobs, JobQueue } from './create-jobs.ts';
import type { JobDefinition } from './jobs.ts';

const log = createLogger({ name: 'test', level: 'silent' });
let database: TestDatabase;
let db: Kysely<Database>;
const queues: JobQueue[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  db = connectDatabase(database.connectionString);
});

afterEach(async () => {
  await Promise.all(queues.splice(0).map((queue) => queue.stop(1_000)));
  await db.destroy();
  await database.drop();
});

function queue(): JobQueue {
  const jobs = createJobs({ connectionString: database.connectionString, log });
  queues.push(jobs);
  return jobs;
}

/** A job that records what it was given; `next()` waits for it. */
function recorder(name: string, settings: Partial<JobDefinition> = {}) {
  const seen: unknown[] = [];
  const waiting: (() => void)[] = [];
  const definition: JobDefinition = {
    name,
    data: z.record(z.string(), z.unknown()),
    concurrency: 2,
    retries: 3,
    expireInSeconds: 60,
    handle: (data) => {
      seen.push(data);
      waiting.splice(0).forEach((resolve) => resolve());
      return Promise.resolve();
    },
    ...settings,
  };
  const until = async (count: number) => {
    while (seen.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { definition, seen, until };
}

it('runs a job that was sent in a transaction once the transaction is committed, and never otherwise', async () => {
  const { definition, seen, until } = recorder('test.transaction');
  const jobs = queue();
  await jobs.start([definition], { work: true });

  const rolledBack = db.transaction().execute(async (transaction) => {
    await jobs.send('test.transaction', { n: 1 }, { transaction });
    throw new Error('no');
  });
  await expect(rolledBack).rejects.toThrow('no');
  await db.transaction().execute((transaction) => jobs.send('test.transaction', { n: 2 }, { transaction }));
  await until(1);

  expect(seen).toEqual([{ n: 2 }]);
});

it('lets one job per key wait', async () => {
  const { definition, seen, until } = recorder('test.singleton');
  const sender = queue();
  await sender.start([definition], { work: false });
  await sender.send('test.singleton', { n: 1 }, { singletonKey: 'a' });
  await sender.send('test.singleton', { n: 2 }, { singletonKey: 'a' });
  await sender.send('test.singleton', { n: 3 }, { singletonKey: 'b' });
  await sender.send('test.singleton', { n: 4 });
  await sender.send('test.singleton', { n: 5 });

  await queue().start([definition], { work: true });
  await until(4);

  expect(new Set(seen)).toEqual(new Set([{ n: 1 }, { n: 3 }, { n: 4 }, { n: 5 }]));
});

it('runs a job of a transaction although one with its key waits, which may begin before the transaction ends', async () => {
  const { definition, seen, until } = recorder('test.early');
  const jobs = queue();
  await jobs.start([definition], { work: false });
  await jobs.send('test.early', { n: 1 }, { singletonKey: 'a' });
  await db.transaction().execute(async (transaction) => {
    await jobs.send('test.early', { n: 2 }, { singletonKey: 'a', transaction });
    // The waiting job ends while the transaction is open.
    await queue().start([definition], { work: true });
    await until(1);
    expect(seen).toEqual([{ n: 1 }]);
  });
  await until(2);

  expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
});

it('works through a backlog without waiting for its polling interval', async () => {
  const { definition, seen, until } = recorder('test.backlog');
  const sender = queue();
  await sender.start([definition], { work: false });
  for (let n = 0; n < 50; n++) await sender.send('test.backlog', { n }, { group: 'one' });

  await queue().start([definition], { work: true });
  await until(50);

  expect(new Set(seen).size).toBe(50);
});

it('runs a failed job again, with the data it had', async () => {
  let failures = 0;
  const { definition, until, seen } = recorder('test.retry');
  const flaky: JobDefinition = {
    ...definition,
    handle: async (data, signal) => {
      if (failures++ === 0) throw new Error('first time');
      await definition.handle(data, signal);
    },
  };
  const jobs = queue();
  await jobs.start([flaky], { work: true });
  await jobs.send('test.retry', { n: 1 });
  await until(1);

  expect(seen).toEqual([{ n: 1 }]);
});

it('lets a running job finish when it stops', async () => {
  const events: string[] = [];
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const { definition } = recorder('test.graceful', {
    handle: async () => {
      started.resolve();
      await finish.promise;
      events.push('finished');
    },
  });
  const jobs = queue();
  await jobs.start([definition], { work: true });
  await jobs.send('test.graceful', {});
  await started.promise;

  const stopped = jobs.stop(10_000).then(() => events.push('stopped'));
  finish.resolve();
  await stopped;

  expect(events).toEqual(['finished', 'stopped']);
});

it('aborts a job that does not finish in time, and gives it to the next process', async () => {
  const started = Promise.withResolvers<void>();
  let reason: unknown;
  const { definition, until } = recorder('test.abort');
  const endless: JobDefinition = {
    ...definition,
    handle: async (_, signal) => {
      started.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      reason = 'aborted';
    },
  };
  const first = queue();
  await first.start([endless], { work: true });
  await first.send('test.abort', {});
  await started.promise;
  await first.stop(1_000);

  await queue().start([definition], { work: true });
  await until(1);

  expect(reason).toBe('aborted');
});

it('refuses names without a definition', async () => {
  const jobs = queue();
  await expect(jobs.send('test.none', {})).rejects.toMatchObject({ code: 'not-started' });
  await jobs.start([], { work: false });

  await expect(jobs.send('test.none', {})).rejects.toMatchObject({ code: 'unknown-job' });
});

it('refuses to start when jobs wait that it has no handler for', async () => {
  const { definition } = recorder('test.orphan');
  const sender = queue();
  await sender.start([definition], { work: false });
  await sender.send('test.orphan', {});

  await expect(queue().start([], { work: true })).rejects.toMatchObject({ code: 'missing-definition' });
  const { until, definition: handler } = recorder('test.orphan');
  await queue().start([handler], { work: true });
  await until(1);
});
