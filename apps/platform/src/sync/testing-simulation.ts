import { randomUUID } from 'node:crypto';
import type { PolicyComponent, ScanRequest } from '@plimsoll/contracts';
import { createLogger } from '@plimsoll/runtime';
import { sql, type Kysely } from 'kysely';
import { Pool } from 'pg';
import type { Database } from '../database/schema.ts';
import { migrate } from '../database/migrate.ts';
import { setPaused } from '../integrations/policy-schedule.ts';
import { putPolicy } from '../integrations/policy-store.ts';
import { deleteProjects } from '../projects/project-writes.ts';
import { dispatchScans } from '../scans/dispatch-scans.ts';
import { finishScan } from '../scans/finish-scan.ts';
import { takeDone, takeResult } from '../scans/scan-outcome.ts';
import { receivedScanIds } from '../scans/scan-store.ts';
import { cancelRun, sweepCancelled } from './cancel-run.ts';
import { carryOutPrune, confirmPrune, undoPrune } from './decide-prune.ts';
import { requestRun } from './request-run.ts';
import { runSync } from './run-sync.ts';
import { scanEnded } from './scan-ended.ts';
import { inventoryOf, startFakeAgent } from './testing-agent.ts';
import { startProcess, type CrashPoint } from './testing-process.ts';
import { putTombstones } from './tombstone-store.ts';

export type Simulation = Awaited<ReturnType<typeof startSimulation>>;

/**
 * The platform's side of a sync without a queue and without waiting: what jobs would do is done one after the other, by
 * processes that may die at any statement, and the time until others notice passes at once.
 */
export async function startSimulation(database: { connectionString: string; drop(): Promise<void> }) {
  const pool = new Pool({ connectionString: database.connectionString, max: 10 });
  pool.on('error', () => {});
  const { db } = startProcess(pool, undefined);
  await migrate(db);
  const log = createLogger({ name: 'test', level: 'silent' });
  const jobs = { send: async () => {} };
  const taken: ScanRequest[] = [];
  const fake = startFakeAgent((request) => taken.push(request));
  const settings = { orgId: '', integrationId: '', importLimit: 10_000 };
  const figures = { crashes: 0 };
  const { signal } = new AbortController();

  /** Does some work in a process that may die; tells whether it did the work. */
  async function inProcess<T>(
    crash: CrashPoint | undefined,
    work: (deps: ReturnType<typeof depsOf>) => Promise<T>,
  ): Promise<T | undefined> {
    const mortal = startProcess(pool, crash);
    try {
      const result = await work(depsOf(mortal.db));
      if (!mortal.isDead()) return result;
    } catch (error) {
      if (!mortal.isDead()) throw error;
    }
    figures.crashes += 1;
    await passTime();
    return undefined;
  }

  function depsOf(of: typeof db) {
    return {
      db: of,
      jobs,
      log,
      agentClient: fake.agentClient,
      importLimit: settings.importLimit,
      refreshCounts: async () => {},
      scanEnded: (db: Kysely<Database>, runId: string) => scanEnded({}, db, runId),
      matchPackages: async () => {},
      verifyBrokerToken: async () => undefined,
      clearTombstone: async () => {},
    };
  }

  /** All leases of dead processes are over. */
  async function passTime(): Promise<void> {
    await sql`update sync_run set lease_until = now() - interval '1 second' where finished_at is null`.execute(
      db,
    );
    await sql`update scan set lease_until = now() - interval '1 second', not_before = null
      where finished_at is null and status in ('requested', 'dispatched')`.execute(db);
  }

  async function unfinished(runId: string) {
    return await db.selectFrom('sync_run').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();
  }

  /** Scans what waits, each step in a process of its own. */
  async function scanAll(crashes: CrashPoint[]): Promise<void> {
    fake.agent.slots = 1_000;
    await inProcess(crashes.pop(), (deps) => dispatchScans(deps, settings.integrationId, signal));
    for (const { scanId, reference } of taken.splice(0)) {
      const result = { scanId, inventory: inventoryOf(reference) };
      // The agent delivers until it is told that its result was taken.
      while (
        (await inProcess(crashes.pop(), (deps) => takeResult(deps, settings.integrationId, result))) ===
        undefined
      );
      await inProcess(crashes.pop(), (deps) =>
        takeDone(deps, settings.integrationId, { scanId, status: 'finished' }),
      );
      fake.agent.busy = 0;
    }
    for (const scanId of await receivedScanIds(db, 1_000)) {
      await inProcess(crashes.pop(), (deps) => finishScan(deps, { scanId }, signal));
    }
  }

  /** Carries out what a person decided about a run's deletions, whatever dies on the way. */
  async function carryOut(runId: string, crashes: CrashPoint[]): Promise<void> {
    const isDone = (deps: ReturnType<typeof depsOf>) => carryOutPrune(deps, runId, signal).then(() => true);
    while ((await inProcess(crashes.pop(), isDone)) === undefined);
  }

  /** A process begins to work on a run, perhaps dies; then the sync rests, and whoever takes the run up changes nothing. */
  async function rest(runId: string, crashes: CrashPoint[]): Promise<void> {
    const traces = async () =>
      JSON.stringify([
        await db.selectFrom('observation').selectAll().orderBy('repository').orderBy('tag').execute(),
        await db.selectFrom('project').selectAll().orderBy('id').execute(),
        await db.selectFrom('scan').select(['id', 'status']).orderBy('id').execute(),
      ]);
    const crash = crashes.pop();
    if (crash) await inProcess(crash, (deps) => runSync(deps, runId, signal));
    await setPaused(db, settings.integrationId, true);
    const before = await traces();
    await inProcess(undefined, (deps) => runSync(deps, runId, signal));
    if ((await traces()) !== before) throw new Error('a run that rests has changed something');
    await setPaused(db, settings.integrationId, false);
  }

  return {
    ...fake,
    db,
    settings,
    figures,
    /** Begins anew with another organization and an empty registry. */
    async reset(): Promise<void> {
      fake.reset();
      taken.length = 0;
      await db.deleteFrom('organization').execute();
      const { id: orgId } = await db
        .insertInto('organization')
        .values({ name: 'Test', slug: randomUUID() })
        .returning('id')
        .executeTakeFirstOrThrow();
      const { id: integrationId } = await db
        .insertInto('integration')
        .values({ org_id: orgId, type: 'oci', profile_name: 'Test' })
        .returning('id')
        .executeTakeFirstOrThrow();
      Object.assign(settings, { orgId, integrationId, importLimit: 10_000 });
    },
    async setPolicy(deletes: boolean, rules: PolicyComponent): Promise<void> {
      const policy = {
        name: 'test',
        schedule_frequency_hours: 24,
        delete_images: deletes,
        import_policy: rules,
      };
      await putPolicy(db, settings.integrationId, policy, new Date());
    },
    /**
     * One run to its end, its processes dying at these points, one after the other. `rests`: a person has it rest on the
     * way, and go on; `cancels`: a person ends it once it waits for its scans.
     */
    async sync(crashPoints: readonly CrashPoint[], { rests = false, cancels = false } = {}) {
      const crashes = crashPoints.toReversed();
      let runId: string | undefined;
      while (runId === undefined) {
        // A process that died after it had made the run made one all the same.
        await inProcess(crashes.pop(), (deps) => requestRun(deps, settings.integrationId));
        runId = (
          await db.selectFrom('sync_run').select('id').where('finished_at', 'is', null).executeTakeFirst()
        )?.id;
      }
      if (rests) await rest(runId, crashes);
      for (let round = 0; ; round += 1) {
        const run = await unfinished(runId);
        if (run.finished_at) return run;
        if (round > 50) throw new Error(`the run does not end: ${run.status}`);
        const id = runId;
        if (cancels && run.status === 'scanning') {
          await inProcess(crashes.pop(), (deps) => cancelRun(deps.db, id));
          await sweepCancelled(db);
          continue;
        }
        if (run.status !== 'scanning') await inProcess(crashes.pop(), (deps) => runSync(deps, id, signal));
        else await scanAll(crashes);
      }
    },
    async confirm(runId: string, crashes: CrashPoint[]): Promise<void> {
      await confirmPrune({ db, jobs }, settings.integrationId, runId);
      await carryOut(runId, crashes);
    },
    async undo(runId: string, crashes: CrashPoint[]): Promise<void> {
      await undoPrune({ db, jobs }, settings.integrationId, runId);
      await carryOut(runId, crashes);
    },
    /** A person deletes the project of an image; true when there was one. */
    async deleteByHand(repository: string, tag: string): Promise<boolean> {
      const project = await db
        .selectFrom('project')
        .select('id')
        .where('repository', '=', repository)
        .where('tag', '=', tag)
        .executeTakeFirst();
      if (!project) return false;
      await putTombstones(db, settings.integrationId, [{ repository, tag }]);
      await deleteProjects(db, [project.id]);
      return true;
    },
    /** `repository:tag status digest` of every project, in their order. */
    async projects(): Promise<string[]> {
      const rows = await db
        .selectFrom('project')
        .select(['repository', 'tag', 'scan_status', 'digest'])
        .execute();
      return rows
        .map((row) => `${row.repository}:${row.tag} ${row.scan_status} ${row.digest?.slice(7, 8) ?? '-'}`)
        .toSorted();
    },
    async stop(): Promise<void> {
      await pool.end();
      await database.drop();
    },
  };
}
