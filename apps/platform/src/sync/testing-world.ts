import { randomUUID } from 'node:crypto';
import type { PolicyComponent, ScanRequest } from '@plimsoll/contracts';
import { createLogger, createMetrics } from '@plimsoll/runtime';
import fastify from 'fastify';
import { connectDatabase } from '../database/connect.ts';
import { migrate } from '../database/migrate.ts';
import { putPolicy } from '../integrations/policy-store.ts';
import { createJobs } from '../jobs/create-jobs.ts';
import { createPushEventMetrics, createPushEvents } from '../push-events/index.ts';
import { createScans } from '../scans/index.ts';
import { createSync } from './index.ts';
import { startFakeAgent } from './testing-agent.ts';

export { digestOf, inventoryOf } from './testing-agent.ts';

export type World = Awaited<ReturnType<typeof startWorld>>;

/**
 * The platform's side of a sync for tests: the real database, queue and modules, and in the place of the tunnel a
 * registry in memory with an agent that reads it. The database is dropped at the end.
 */
export async function startWorld(database: { connectionString: string; drop(): Promise<void> }) {
  const db = connectDatabase(database.connectionString);
  await migrate(db);
  const log = createLogger({ name: 'test', level: 'silent' });
  const jobs = createJobs({ connectionString: database.connectionString, log });
  const app = fastify({ bodyLimit: 1024 });

  const scanRequests: Promise<void>[] = [];
  const fake = startFakeAgent((request) => scanRequests.push(scan(request)));
  const { registry, pushedAt, agent, agentClient } = fake;
  const settings = { orgId: '', integrationId: '', importLimit: 10_000 };

  async function scan(request: ScanRequest): Promise<void> {
    const result = agent.scanning(request);
    if (!result) return;
    const post = (path: string, payload: object) =>
      app.inject({ method: 'POST', url: path, headers: { authorization: 'Bearer broker-token' }, payload });
    if (result instanceof Error) {
      agent.busy -= 1;
      const failure = { code: 'not-found', message: result.message, retryable: result.name === 'Retryable' };
      await post('/api/v2/import/done', { scanId: request.scanId, status: 'failed', failure });
      return;
    }
    await post('/api/v2/import/result', { scanId: request.scanId, inventory: result });
    agent.busy -= 1;
    await post('/api/v2/import/done', { scanId: request.scanId, status: 'finished' });
  }

  const counted: number[] = [];
  const matched: number[] = [];
  const refreshCounts = (_db: unknown, imageIds: readonly number[]) => {
    counted.push(...imageIds);
    return Promise.resolve();
  };
  const deps = { db, jobs, agentClient, log, refreshCounts };
  const sync = createSync({
    ...deps,
    get importLimit() {
      return settings.importLimit;
    },
  });
  const verifyBrokerToken = (token: string) =>
    Promise.resolve(token === 'broker-token' ? { integrationId: settings.integrationId } : undefined);
  const pushEvents = createPushEvents({
    ...deps,
    verifyBrokerToken,
    metrics: createPushEventMetrics(createMetrics()),
  });
  const scans = createScans({
    ...deps,
    verifyBrokerToken,
    matchPackages: (packageIds) => {
      matched.push(...packageIds);
      return Promise.resolve();
    },
    scanEnded: sync.scanEnded,
    clearTombstone: sync.clearTombstone,
  });
  await app.register(scans.routes);
  await app.register(pushEvents.deliveries);
  await jobs.start([...sync.jobs, ...scans.jobs, ...pushEvents.jobs], { work: true });

  return {
    db,
    app,
    registry,
    pushedAt,
    agent,
    agentClient,
    log,
    refreshCounts,
    sync,
    scans,
    jobs,
    counted,
    matched,
    settings,
    /** Begins anew: another organization with another registry, and nothing left of the one before. */
    async reset(): Promise<void> {
      await Promise.allSettled(scanRequests);
      fake.reset();
      for (const list of [counted, matched, scanRequests]) list.length = 0;
      await db.deleteFrom('organization').execute();
      const org = await db
        .insertInto('organization')
        .values({ name: 'Test', slug: randomUUID() })
        .returning('id')
        .executeTakeFirstOrThrow();
      const integration = await db
        .insertInto('integration')
        .values({ org_id: org.id, type: 'oci', profile_name: 'Test' })
        .returning('id')
        .executeTakeFirstOrThrow();
      Object.assign(settings, { orgId: org.id, integrationId: integration.id, importLimit: 10_000 });
    },
    push: (repository: string, tags: Record<string, string>) => fake.push(repository, tags),
    /** Sets the policy without starting a run. */
    async setPolicy(deleteImages: boolean, rules: PolicyComponent = { type: 'ImportAll' }): Promise<void> {
      const policy = {
        name: 'test',
        schedule_frequency_hours: 24,
        delete_images: deleteImages,
        import_policy: rules,
      };
      await putPolicy(db, settings.integrationId, policy, new Date(Date.now() + 3_600_000));
    },
    /** Says that deletions are meant, as a change of the rules does. */
    async allowPrune(): Promise<void> {
      await db.updateTable('import_policy').set({ rules_changed_at: new Date() }).execute();
    },
    /** Runs a sync and waits until it has ended. */
    async syncNow() {
      const runId = await sync.requestRun(settings.integrationId);
      if (runId === undefined) throw new Error('a run is unfinished');
      return await this.untilEnded(runId);
    },
    async untilEnded(runId: string) {
      for (;;) {
        const run = await db
          .selectFrom('sync_run')
          .selectAll()
          .where('id', '=', runId)
          .executeTakeFirstOrThrow();
        if (run.finished_at) return run;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    /** `repository:tag`, scan status and digest of every project, in their order. */
    async projects(): Promise<string[]> {
      const rows = await db
        .selectFrom('project')
        .select(['repository', 'tag', 'scan_status', 'digest', 'source'])
        .orderBy('repository')
        .orderBy('tag')
        .execute();
      return rows.map(
        (row) => `${row.repository}:${row.tag} ${row.scan_status} ${row.digest?.slice(7, 8) ?? '-'}`,
      );
    },
    async stop(): Promise<void> {
      await jobs.stop(5_000);
      await Promise.allSettled(scanRequests);
      await app.close();
      await db.destroy();
      await database.drop();
    },
  };
}
