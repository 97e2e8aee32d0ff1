import type { Role } from '@plimsoll/contracts';
import { createLogger, createMetrics } from '@plimsoll/runtime';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { connectDatabase } from './database/connect.ts';
import { createJobs } from './jobs/create-jobs.ts';
import type { NotificationSettings } from './notifications/index.ts';
import { provisionAdmin } from './organizations/provision-admin.ts';
import { addServiceAccount } from './organizations/service-account-store.ts';
import { createPlatform } from './platform.ts';

/** The login of the first organization's admin. */
export const testAdmin = { email: 'admin@example.test', password: 'a long password' } as const;

/** The version that requests of tests ask for unless they name another. */
const version = '2025-11-05';

export type TestPlatform = Awaited<ReturnType<typeof startTestPlatform>>;

/** The whole platform on a database of its own; it runs no jobs. `clock.now` is its time. */
export async function startTestPlatform(
  options: {
    webDist?: string;
    publicUrl?: string;
    /** Shared with another platform of the test, which drops it. */
    database?: TestDatabase;
    requestsPerMinute?: number;
    acceptsDeployedClients?: boolean;
    notifications?: NotificationSettings;
    replicas?: Parameters<typeof createPlatform>[0]['replicas'];
  } = {},
) {
  const database = options.database ?? (await createTestDatabase());
  const db = connectDatabase(database.connectionString);
  const log = createLogger({ name: 'test', level: 'silent' });
  const clock = { now: new Date() };
  const notifications = options.notifications ?? {};
  const jobs = createJobs({ connectionString: database.connectionString, log });
  const platform = await createPlatform({
    db,
    jobs,
    connectionString: database.connectionString,
    replicas: options.replicas,
    roles: ['api', 'broker-server'],
    log,
    metrics: createMetrics(),
    publicUrl: options.publicUrl ?? 'http://platform.test',
    trustedProxies: [],
    requestsPerMinute: options.requestsPerMinute,
    notifications,
    acceptsDeployedClients: options.acceptsDeployedClients ?? false,
    webDist: options.webDist,
    advisoryLocations: [],
    admin: testAdmin,
    now: () => clock.now,
  });
  const url = await platform.start({ host: '127.0.0.1', port: 0 });
  const { id: orgId } = await db.selectFrom('organization').select('id').executeTakeFirstOrThrow();

  /** Makes a service account of this role, by default in the first organization, and returns its token. */
  async function tokenOf(role: Role, org = orgId): Promise<string> {
    const account = { orgId: org, name: role, authType: 'api_key', role, expiresAt: null };
    return (await addServiceAccount(db, account)).token;
  }
  const adminToken = await tokenOf('admin');

  /** Makes a request as the admin unless `token` says who; `null` is nobody. Adds the version below /rest. */
  async function request(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    url: string,
    more: { token?: string | null; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<LightMyRequestResponse> {
    const token = more.token === undefined ? adminToken : more.token;
    const needsVersion = url.startsWith('/rest/') && !/[?&]version=/.test(url);
    const inject: InjectOptions = {
      method,
      url: needsVersion ? `${url}${url.includes('?') ? '&' : '?'}version=${version}` : url,
      headers: {
        ...(token !== null && { authorization: `token ${token}` }),
        ...(more.body !== undefined && { 'content-type': 'application/vnd.api+json' }),
        ...more.headers,
      },
      ...(more.body !== undefined && {
        payload: typeof more.body === 'string' ? more.body : JSON.stringify(more.body),
      }),
    };
    return await platform.app.inject(inject);
  }

  /** Signs a person in, the admin unless told, and returns the cookie of the session. */
  async function signIn(login: { email: string; password: string } = testAdmin): Promise<string> {
    const body = { data: { type: 'session', attributes: login } };
    const answer = await request('POST', '/rest/sessions', { token: null, body });
    if (answer.statusCode !== 201) throw new Error(`could not sign in: ${answer.statusCode} ${answer.body}`);
    return String(answer.headers['set-cookie']).split(';')[0] ?? '';
  }

  /** Another organization with nobody in it, so that its things must not be seen. */
  async function otherOrganization(): Promise<string> {
    const { id } = await db
      .insertInto('organization')
      .values({ name: 'Other', slug: `other-${Math.random()}` })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  return {
    app: platform.app,
    /** Where it listens, and accepts tunnels. */
    url,
    database,
    db,
    jobs,
    clock,
    notifications,
    orgId,
    adminToken,
    tokenOf,
    request,
    signIn,
    otherOrganization,
    provisionAgain: () => provisionAdmin(db, testAdmin),
    async stop() {
      await platform.stop();
      await db.destroy();
      if (!options.database) await database.drop();
    },
  };
}
