import { randomUUID } from 'node:crypto';
import type { AgentRouteName, Inventory, PolicyComponent, ScanRequest } from '@plimsoll/contracts';
import { createLogger, createMetrics } from '@plimsoll/runtime';
import fastify from 'fastify';
import { AgentCallError, type AgentClient } from '../broker-server/agent-client.ts';
import { connectDatabase } from '../database/connect.ts';
import { migrate } from '../database/migrate.ts';
import { putPolicy } from '../integrations/policy-store.ts';
import { createJobs } from '../jobs/create-jobs.ts';
import { createPushEventMetrics, createPushEvents } from '../push-events/index.ts';
import { createScans } from '../scans/index.ts';
import { createSync } from './index.ts';

/** Why a call to the agent fails in a test; undefined lets it through. */
export type AgentFault = (route: AgentRouteName, subject: string) => AgentCallError | undefined;

/** A call to the agent, whatever its route. */
type AnyCall = {
  query?: { cursor?: string | undefined; repository?: string; reference?: string } | undefined;
  body?: object;
  repository?: string;
};

export type World = Awaited<ReturnType<typeof startWorld>>;

/** A digest made of one hex letter. */
export function digestOf(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}

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

  /** repository -> tag -> digest */
  const registry = new Map<string, Map<string, string>>();
  /** `repository:tag` -> when it was pushed, where the registry tells. */
  const pushedAt = new Map<string, Date>();
  const agent = freshAgent();
  const settings = { orgId: '', integrationId: '', importLimit: 10_000 };

  const scanRequests: Promise<void>[] = [];
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

  function page<T>(entries: readonly T[], query: AnyCall['query']) {
    const start = Number(query?.cursor ?? 0);
    const end = start + agent.pageSize;
    const more = end < entries.length ? { nextCursor: String(end) } : {};
    return { entries: entries.slice(start, end), end: { ...more, complete: true, warnings: [] } };
  }

  function answer(route: AgentRouteName, { query, body, repository: inPath }: AnyCall): unknown {
    const repository = inPath ?? query?.repository ?? '';
    agent.calls.push(`${route} ${repository}`.trim());
    if (!agent.isConnected) throw new AgentCallError('no-connection', 'No broker client is connected.');
    const fault = agent.fault(route, repository);
    if (fault) throw fault;
    const tags = registry.get(repository);
    switch (route) {
      case 'listRepositories': {
        const { entries, end } = page([...registry.keys()], query);
        return { repositories: entries.map((name) => ({ name })), ...end };
      }
      case 'listTagsWithMetadata': {
        const { entries, end } = page([...(tags ?? [])], query);
        const shown = entries.map(([name, digest]) => ({
          name,
          ...timeOf(pushedAt.get(`${repository}:${name}`)),
          ...(agent.tellsDigests && { digest }),
        }));
        return { repository, tags: shown, ...end };
      }
      case 'stateIdentifier': {
        const reference = query?.reference ?? '';
        const digest = tags?.get(reference);
        if (!digest) throw new AgentCallError('agent', 'not found', { status: 404 });
        return { repository, reference, digest };
      }
      case 'scan': {
        const request = body as ScanRequest;
        if (agent.busy >= agent.slots) {
          throw new AgentCallError('agent', 'full', { status: 429, retryAfterMs: 1_000 });
        }
        agent.busy += 1;
        agent.scanned.push(`${request.repository} ${request.reference}`);
        scanRequests.push(scan(request));
        return { scanId: request.scanId, status: 'running', repeated: false };
      }
      default:
        throw new Error(`a sync does not call ${route}`);
    }
  }

  const agentClient: AgentClient = {
    call: async (route, _integrationId, call) => {
      await agent.beforeAnswer?.(route, (call as AnyCall).repository ?? '');
      return answer(route, call as AnyCall) as never;
    },
  };

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
    sync,
    scans,
    jobs,
    counted,
    matched,
    settings,
    /** Begins anew: another organization with another registry, and nothing left of the one before. */
    async reset(): Promise<void> {
      await Promise.allSettled(scanRequests);
      Object.assign(agent, freshAgent());
      registry.clear();
      pushedAt.clear();
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
    /** Puts tags into a repository of the registry: `push('team/web', {v1: digest})`. */
    push(repository: string, tags: Record<string, string>): void {
      registry.set(repository, new Map([...(registry.get(repository) ?? []), ...Object.entries(tags)]));
    },
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

function timeOf(time: Date | undefined) {
  return time ? { pushedAt: time.toISOString(), pushedAtKind: 'manifest' } : { pushedAtKind: 'absent' };
}

function freshAgent() {
  return {
    slots: 2,
    busy: 0,
    tellsDigests: true,
    isConnected: true,
    pageSize: 2,
    fault: (() => undefined) as AgentFault,
    /** What happens before the agent answers. */
    beforeAnswer: undefined as ((route: AgentRouteName, repository: string) => Promise<void>) | undefined,
    /** What becomes of a scan: its inventory, the failure that is told, or undefined when nothing is ever told. */
    scanning: ((request) => inventoryOf(request.reference)) as (
      request: ScanRequest,
    ) => Inventory | Error | undefined,
    /** Every scan that was accepted, by what was asked for. */
    scanned: [] as string[],
    calls: [] as string[],
  };
}

/** An inventory with two packages, one of them in every image. */
export function inventoryOf(reference: string): Inventory {
  const digest = reference.startsWith('sha256:') ? reference : digestOf('f');
  const layer = digestOf('0');
  const common = {
    evidence: 'installed' as const,
    layer,
    locations: [{ path: 'var/lib/dpkg/status', layer }],
  };
  return {
    schemaVersion: 1,
    digest,
    platform: 'linux/amd64',
    os: { id: 'debian', versionId: '12' },
    layers: [{ digest: layer, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', sizeBytes: 1_000 }],
    config: {},
    packages: [
      { purl: 'pkg:deb/debian/openssl@3.0.11', type: 'deb', name: 'openssl', version: '3.0.11', ...common },
      {
        purl: `pkg:npm/left-pad@1.0.${digest.charCodeAt(7)}`,
        type: 'npm',
        name: 'left-pad',
        version: `1.0.${digest.charCodeAt(7)}`,
        ...common,
      },
    ],
    warnings: [],
    scanner: { version: '1', analyzers: { dpkg: 1, npm: 1 } },
    cost: { durationMs: 1, bytesPulled: 1_000, layersRead: 1, layersFromCache: 0 },
  };
}
