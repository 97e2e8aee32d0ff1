import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { rawBodyLimit } from '@plimsoll/contracts';
import type { Logger, Metrics, Secret } from '@plimsoll/runtime';
import { memoryDirectory } from '@plimsoll/tunnel';
import type { FastifyInstance, FastifyPluginAsync, FastifyPluginCallback } from 'fastify';
import { sql, type Kysely } from 'kysely';
import packageJson from '../package.json' with { type: 'json' };
import { RecentAccess } from './access/recent-access.ts';
import { createAdvisories, readDocuments, type AdvisoriesDeps } from './advisories/index.ts';
import { createAudit } from './audit/index.ts';
import { hearProcesses, tellProcesses } from './broker-server/broker-events.ts';
import { createBrokerServer } from './broker-server/broker-server.ts';
import { joinReplicas, type ReplicaOptions } from './broker-server/replicas/replica.ts';
import { pollingRoutes } from './broker-server/polling-routes.ts';
import { brokerRoutes } from './broker-server/routes.ts';
import type { PlatformRole } from './config.ts';
import type { Listener } from './database/listen.ts';
import { migrate } from './database/migrate.ts';
import type { Database } from './database/schema.ts';
import { awaitFindings, createFindings } from './findings/index.ts';
import { ApiProblem } from './http/api-problem.ts';
import { authorize, principalOf } from './http/authorize.ts';
import { peerReader } from './http/peer.ts';
import { probeRoutes } from './http/probe-routes.ts';
import { createServer } from './http/server.ts';
import { staticWeb } from './http/static-web.ts';
import { createIntegrations } from './integrations/create-integrations.ts';
import { readInventory } from './inventories/index.ts';
import { refusalOf } from './integrations/token-guard.ts';
import type { JobQueue } from './jobs/create-jobs.ts';
import type { JobDefinition } from './jobs/jobs.ts';
import { createNotifications, type NotificationSettings } from './notifications/index.ts';
import { createOrganizations } from './organizations/create-organizations.ts';
import { permissionsOf } from './organizations/permissions.ts';
import { isTokenOf } from './organizations/tokens.ts';
import { provisionAdmin } from './organizations/provision-admin.ts';
import { createProjects } from './projects/create-projects.ts';
import { issueTextOf } from './projects/issue-text.ts';
import { packagesChanged, refreshCounts } from './projects/refresh-counts.ts';
import { placeOf, recountProject, requestRecount, subjectOfIssue } from './projects/triaged-projects.ts';
import { createPushEventMetrics, createPushEvents } from './push-events/index.ts';
import { createRecurringTests } from './recurring-tests/index.ts';
import { createScans, ImageNameError } from './scans/index.ts';
import { createSync } from './sync/index.ts';
import { createTriage } from './triage/index.ts';

/** How long running jobs, then requests through tunnels, may take to finish when the platform stops, milliseconds. */
const stopMs = { jobs: 10_000, tunnels: 5_000, hops: 2_000 } as const;

export type PlatformDeps = {
  readonly db: Kysely<Database>;
  readonly jobs: JobQueue;
  /** Where processes of the platform hear each other; without it this one hears nobody. */
  readonly connectionString?: string;
  /** With it this process shares tunnels with other replicas of the platform. */
  readonly replicas?: Omit<ReplicaOptions, 'db' | 'log'> | undefined;
  readonly roles: readonly PlatformRole[];
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The address that people open, without a trailing slash. */
  readonly publicUrl: string;
  readonly trustedProxies: readonly string[];
  /** Whether the door for clients of the deployed broker is open; it is not unless told. */
  readonly acceptsDeployedClients?: boolean;
  /** Largest body, either way, of requests through the broker that are not the contract's, bytes. */
  readonly maxRawBytes?: number;
  /** Folder of the built web page. */
  readonly webDist: string | undefined;
  /** Folders, files and addresses of advisories. */
  readonly advisoryLocations: readonly string[];
  /** About which products sources of VEX documents are believed. */
  readonly vexTrust?: AdvisoriesDeps['vexTrust'];
  /** For GitHub's REST API as a source of advisories. */
  readonly githubToken?: Secret | undefined;
  /** New images that one sync run imports; `defaultImportLimit` of the policy package unless told. */
  readonly importLimit?: number;
  /** How people and programs are told of new issues; e-mail, webhooks and Slack need what is in it. */
  readonly notifications?: NotificationSettings;
  /** How many requests a token or a person may make to this process; there is no limit unless told. */
  readonly requestsPerMinute?: number | undefined;
  /** How long the audit log keeps its entries, days; a year unless told. */
  readonly auditRetentionDays?: number;
  /** The first login, made when the database has none yet. */
  readonly admin: { readonly email: string; readonly password: string } | undefined;
  readonly now: () => Date;
  /** From the moment when `/readyz` says that this process stops until it does, milliseconds. */
  readonly stopDelayMs?: number;
};

/** The assembled platform. */
export type Platform = {
  readonly app: FastifyInstance;
  /** Brings the database up to date, then opens the queue and the port. Answers with the address it listens on. */
  start(listen: { host: string; port: number }): Promise<string>;
  /** Finishes what is under way, bounded, and gives the rest back. */
  stop(): Promise<void>;
};

/** Assembles the modules for the roles of this process. */
export async function createPlatform(deps: PlatformDeps): Promise<Platform> {
  const { db, jobs, log, metrics, publicUrl, now, advisoryLocations } = deps;
  const hasRole = (role: PlatformRole) => deps.roles.includes(role);

  const peerOf = peerReader(deps.trustedProxies);
  const member = deps.replicas && joinReplicas({ ...deps.replicas, db, log });
  const directory = member?.directory ?? memoryDirectory();
  let listener: Listener | undefined;
  let isStopping = false;
  let syncWatch: ReturnType<typeof sync.watch> | undefined;
  const broker = createBrokerServer({
    directory,
    ...(member?.id && { replica: { id: member.id, count: () => member.count() } }),
    verifyToken: (tokenHash) => integrations.findBrokerToken(tokenHash),
    peerOf,
    refusalOf: ({ guard }, peer) => guard && refusalOf(guard, peer),
    onSeen: async (integrationId) => {
      await integrations.markBrokerSeen(integrationId);
      await scans.wake(integrationId);
    },
    ...(deps.acceptsDeployedClients && { relayCallback }),
    log,
    metrics,
  });
  const { agentClient } = broker;
  const recentAccess = new RecentAccess(now);
  const recheckTokens = async (id: string) => {
    await broker.recheck(id);
    await tellProcesses(db, { kind: 'tokens', id });
  };
  const organizations = createOrganizations({
    db,
    publicUrl,
    now,
    recentAccess,
    deployedClientsRefused: async (orgId) => {
      for (const id of await integrations.idsOf([orgId])) await recheckTokens(id);
    },
  });
  const audit = createAudit({ db, now, retentionDays: deps.auditRetentionDays ?? 365 });
  const notifications = createNotifications({
    db,
    jobs,
    log,
    publicUrl,
    settings: deps.notifications ?? {},
  });
  const findings = createFindings({
    db,
    jobs,
    log,
    now,
    onRematched: () => notifications.findingsChanged(),
    onPackagesChanged: (packageIds) => packagesChanged(jobs, packageIds),
    afterReplace: (transaction, packageIds) => triage.findingsReplaced(transaction, packageIds),
  });
  const advisories = createAdvisories({
    db,
    log,
    locations: advisoryLocations,
    githubToken: deps.githubToken,
    vexTrust: deps.vexTrust,
    onChanged: async (changes, transaction) => {
      await triage.advisoriesChanged(changes, transaction);
      await findings.requestRematch(changes, transaction);
    },
    now,
  });
  const sync = createSync({
    db,
    jobs,
    agentClient,
    log,
    refreshCounts,
    runEnded: (transaction, run) => notifications.runEnded(transaction, run),
    ...(deps.importLimit !== undefined && { importLimit: deps.importLimit }),
  });
  const verifyBrokerToken = (token: string, request: IncomingMessage) => broker.admit(token, request);
  const scans = createScans({
    db,
    jobs,
    agentClient,
    log,
    verifyBrokerToken,
    matchPackages: (packageIds, signal) => findings.matchPackages(packageIds, signal),
    refreshCounts,
    scanEnded: (transaction, runId) => sync.scanEnded(transaction, runId),
    clearTombstone: (transaction, id, image) => sync.clearTombstone(transaction, id, image),
  });
  const pushEvents = createPushEvents({
    db,
    jobs,
    agentClient,
    log,
    verifyBrokerToken,
    refreshCounts,
    metrics: createPushEventMetrics(metrics),
  });
  const recurringTests = createRecurringTests({ db, jobs, agentClient, log, now, refreshCounts });
  const integrations = createIntegrations({
    db,
    now,
    agents: {
      health: (id, signal) => agentClient.call('health', id, {}, signal),
      systemCheck: (id, signal) => agentClient.call('systemCheck', id, {}, signal),
      status: (id, signal) => broker.statusOf(id, signal),
    },
    clientsOf: (id) => broker.clientsOf(id),
    disconnect: async (id) => {
      broker.disconnect(id);
      await tellProcesses(db, { kind: 'tokens', id });
    },
    retire: async (tokenId) => {
      broker.retire(tokenId);
      await tellProcesses(db, { kind: 'retired', id: tokenId });
    },
    recheck: recheckTokens,
    isTokenUsed: (tokenId) => broker.isTokenUsed(tokenId),
    requestRun: (id, transaction) => sync.requestRun(id, transaction),
    latestRuns: (ids) => sync.latestRuns(ids),
  });
  const triage = createTriage({
    db,
    jobs,
    now,
    publicUrl,
    placeOf: (orgId, kind, id) => placeOf(db, orgId, kind, id),
    issueOf: (orgId, id) => subjectOfIssue(db, orgId, id),
    requestRecount: (recount, transaction) => requestRecount(jobs, recount, transaction),
    awaitFindings: () => awaitFindings(db),
    onPackagesChanged: (packageIds) => packagesChanged(jobs, packageIds),
    recountProject: (orgId, place) => recountProject(db, orgId, place),
  });
  const projects = createProjects({
    db,
    now,
    publicUrl,
    readInventory: (imageId) => readInventory(db, imageId),
    putTombstones: (transaction, id, images) => sync.putTombstones(transaction, id, images),
    importByHand: async (transaction, orgId, id, name) => {
      try {
        return await scans.importByHand(orgId, id, name, transaction);
      } catch (error) {
        if (!(error instanceof ImageNameError)) throw error;
        throw new ApiProblem('invalid', error.message, { cause: error });
      }
    },
    describe: async (ids) => issueTextOf(await readDocuments(db, ids)),
    affectedBy: (packageId, advisoryIds) => findings.affectedBy(packageId, advisoryIds),
    adviseUpgrades: (...args) => findings.adviseUpgrades(...args),
    feedStatus: () => advisories.status(),
  });

  const modules = [organizations, audit, integrations, sync, projects, triage, pushEvents, notifications];
  const routes: (FastifyPluginAsync | FastifyPluginCallback)[] = [
    probeRoutes({
      checks: {
        database: async (): Promise<true> => {
          await sql`select 1`.execute(db);
          return true;
        },
        jobs: () => jobs.check(),
        // Balancers send nothing more to a process that is about to go.
        running: () => !isStopping || 'this process is stopping',
      },
      metrics,
      version: packageJson.version,
    }),
  ];
  if (hasRole('api'))
    routes.push(...modules.map((module) => module.routes), scans.routes, pushEvents.deliveries);
  if (hasRole('broker-server')) {
    routes.push(brokerRoutes(brokerRoutesDeps()), pollingRoutes(broker));
    if (broker.doorRoutes) routes.push(broker.doorRoutes);
  }
  if (hasRole('api') && deps.webDist !== undefined) routes.push(staticWeb(deps.webDist));
  const app = await createServer({
    log,
    metrics,
    publicUrl,
    trustedProxies: deps.trustedProxies,
    authenticate: organizations.authenticate,
    changed: () => recentAccess.forget(),
    routes,
    requestsPerMinute: deps.requestsPerMinute,
    now,
  });

  async function relayCallback(
    token: string,
    { path, contentType, body }: { path: string; contentType: string; body: Buffer },
  ) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': contentType };
    const answer = await app.inject({ method: 'POST', url: path, headers, payload: body });
    const type = answer.headers['content-type'] ?? 'application/json';
    return { status: answer.statusCode, contentType: type, body: answer.body };
  }

  function brokerRoutesDeps(): Parameters<typeof brokerRoutes>[0] {
    const integrationOfToken = recentAccess.keepByToken(
      async (hash) => (await integrations.findBrokerToken(hash))?.integrationId,
    );
    const orgOf = recentAccess.keep((integrationId) => integrations.orgOf(integrationId));
    return {
      directory,
      authorize,
      clientsOf: (integrationId) => broker.clientsOf(integrationId),
      // Of what has not even the shape of a token the database need not be asked.
      integrationOfToken: async (text) => (isTokenOf('broker', text) ? integrationOfToken(text) : undefined),
      mayUse: async (request, integrationId) => {
        const role = principalOf(request).roles.get((await orgOf(integrationId)) ?? '');
        return role !== undefined && permissionsOf(role).has('org.integration.edit');
      },
      integrationsOf: (request) => integrations.idsOf([...principalOf(request).roles.keys()]),
      maxRawBytes: deps.maxRawBytes ?? rawBodyLimit,
    };
  }

  function hear(connectionString: string): Listener {
    const failed = (error: unknown) => log.warn({ err: error }, 'news of another process not followed');
    return hearProcesses({
      connectionString,
      onMessage(message) {
        if (message.kind === 'access') recentAccess.forget();
        else if (message.kind === 'retired') broker.retire(message.id);
        else if (message.kind === 'tokens') broker.recheck(message.id).catch(failed);
        else member?.recount().catch(failed);
      },
      onGap() {
        recentAccess.hearsOfChanges = true;
        broker.recheck().catch(failed);
        member?.recount().catch(failed);
      },
      onDeaf() {
        recentAccess.hearsOfChanges = false;
      },
      log,
    });
  }

  return {
    app,
    async start(listen) {
      const applied = await migrate(db);
      if (applied.length > 0) log.info({ applied }, 'database migrated');
      if (deps.admin && (await provisionAdmin(db, deps.admin))) {
        log.info({ email: deps.admin.email }, 'first login made');
      }
      const definitions: JobDefinition[] = [
        organizations,
        audit,
        notifications,
        sync,
        scans,
        recurringTests,
        findings,
        advisories,
        projects,
        triage,
        pushEvents,
      ].flatMap((module) => [...module.jobs]);
      await jobs.start(definitions, { work: hasRole('worker') });
      if (hasRole('worker')) syncWatch = sync.watch();
      // The first hour would be long without any advisories.
      if (advisoryLocations.length > 0 && (await advisories.status()).length === 0) {
        await jobs.send('advisories.import', {}, { singletonKey: 'first' });
      }
      await member?.start();
      if (deps.connectionString !== undefined) listener = hear(deps.connectionString);
      if (member) await tellProcesses(db, { kind: 'replicas' });
      if (hasRole('broker-server')) broker.attach(app.server);
      return await app.listen(listen);
    },
    async stop() {
      isStopping = true;
      // Balancers need a moment to see it; until then everything goes on as before.
      await sleep(deps.stopDelayMs ?? 0);
      await syncWatch?.stop();
      await jobs.stop(stopMs.jobs);
      await broker.stop(stopMs.tunnels);
      await app.close();
      await member?.stop(stopMs.hops);
      await listener?.stop();
      if (member) await tellProcesses(db, { kind: 'replicas' });
    },
  };
}
