import { join } from 'node:path';
import type { TestDatabase } from '@plimsoll/testkit';
import { answers, startProcess, type RunningProcess } from './processes.ts';
import { unusedPort } from './plimsoll.ts';

export const admin = { email: 'admin@example.com', password: 'correct horse battery staple' } as const;

const key = 'a key that all processes of this test share';

/** A process of the platform that can be started again under the same addresses. */
export type PlatformProcess = {
  readonly url: string;
  readonly running: RunningProcess;
  start(): Promise<void>;
};

/** Starts a process of the platform, one of several on a database. */
export async function startReplica(
  database: TestDatabase,
  env: Readonly<Record<string, string>> = {},
): Promise<PlatformProcess> {
  const [port, hopPort] = [await unusedPort(), await unusedPort()];
  const url = `http://127.0.0.1:${port}`;
  let running: RunningProcess | undefined;
  const replica = {
    url,
    get running() {
      if (!running) throw new Error('the replica is not started');
      return running;
    },
    async start() {
      running = startProcess('platform', {
        PORT: String(port),
        HOST: '127.0.0.1',
        DATABASE_URL: database.connectionString,
        REPLICA_KEY: key,
        REPLICA_URL: `http://127.0.0.1:${hopPort}`,
        STOP_DELAY_SECONDS: '1',
        ADMIN_EMAIL: admin.email,
        ADMIN_PASSWORD: admin.password,
        API_REQUESTS_PER_MINUTE: '0',
        ...env,
      });
      await answers(`${url}/readyz`, running);
    },
  };
  await replica.start();
  return replica;
}

/** Starts an agent; returns its address. */
export async function startAgent(folder: string): Promise<{ url: string; running: RunningProcess }> {
  const port = await unusedPort();
  const running = startProcess('agent', {
    PORT: String(port),
    HOST: '127.0.0.1',
    MAX_ACTIVE_OPERATIONS: '2',
    CACHE_DIR: join(folder, 'cache'),
  });
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/healthcheck`, running);
  return { url, running };
}

/** Starts a broker client, and waits until it has a tunnel. */
export async function startBrokerClient(
  env: Readonly<Record<string, string>> &
    Readonly<Record<'BROKER_TOKEN' | 'BROKER_SERVER_URL' | 'CR_AGENT_URL' | 'CR_BASE', string>>,
): Promise<RunningProcess> {
  const port = await unusedPort();
  const url = `http://127.0.0.1:${port}`;
  const running = startProcess('broker-client', {
    BROKER_CLIENT_URL: url,
    CR_TYPE: 'oci',
    PORT: String(port),
    HOST: '127.0.0.1',
    PREFLIGHT_CHECKS_ENABLED: 'false',
    ...env,
  });
  await answers(`${url}/healthcheck`, running);
  return running;
}
