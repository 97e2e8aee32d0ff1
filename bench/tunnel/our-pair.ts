import { execFile, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase } from '@plimsoll/testkit';
import { PlatformApi } from '../../e2e/support/platform-api.ts';
import { answering, freePort, type Programs } from './programs.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const admin = { email: 'admin@example.com', password: 'correct horse battery staple' };

/** Our platform and broker client as real processes, with the settings of their container images. */
export type OurPair = {
  readonly platformUrl: string;
  readonly brokerToken: string;
  /** Before a path of the agent, as a consumer asks for it. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly platform: ChildProcess;
  readonly client: ChildProcess;
  /** Starts the platform again, after it was killed; resolves at once. */
  restartPlatform(): void;
  stop(): Promise<void>;
};

export async function startOurPair(programs: Programs, agentUrl: string): Promise<OurPair> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-tunnel-'));
  const database = await createTestDatabase();
  const platformUrl = `http://127.0.0.1:${await freePort()}`;
  const platformMain = await bundlePlatform(folder);
  const startPlatform = () =>
    programs.start(['--max-semi-space-size=4', platformMain], {
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      MALLOC_ARENA_MAX: '1',
      DATABASE_URL: database.connectionString,
      PORT: new URL(platformUrl).port,
      HOST: '127.0.0.1',
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      API_REQUESTS_PER_MINUTE: '0',
    });
  let platform = startPlatform();
  await answering(`${platformUrl}/readyz`);
  const api = await PlatformApi.signIn(platformUrl, admin.email, admin.password);
  const { id } = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });
  const token = await api.post(`${api.org}/integrations/${id}/broker_tokens`, 'broker_token', {});
  const brokerToken = String(token.attributes['token']);
  const account = await api.post(`${api.org}/service_accounts`, 'service_account', {
    name: 'bench',
    auth_type: 'api_key',
    role_id: 'admin',
  });
  const headers = { authorization: `token ${String(account.attributes['api_key'])}` };
  const url = `${platformUrl}/broker/${id}`;

  const bundle = await bundleClient(folder);
  const accept = join(folder, 'accept.json');
  writeFileSync(accept, JSON.stringify({ public: [], private: rules }));
  const client = programs.start(['--max-semi-space-size=2', '--v8-pool-size=1', bundle], {
    MALLOC_ARENA_MAX: '1',
    BROKER_TOKEN: brokerToken,
    BROKER_SERVER_URL: platformUrl,
    BROKER_CLIENT_URL: 'http://127.0.0.1:7341',
    CR_AGENT_URL: agentUrl,
    CR_TYPE: 'oci',
    CR_BASE: 'http://127.0.0.1:5000',
    ACCEPT: accept,
    ACCEPT_UNSAFE: 'true',
    PORT: '0',
    HOST: '127.0.0.1',
    PREFLIGHT_CHECKS_ENABLED: 'false',
  });
  await answering(`${url}/list`, headers);
  return {
    platformUrl,
    brokerToken,
    url,
    headers,
    client,
    get platform() {
      return platform;
    },
    restartPlatform() {
      platform = startPlatform();
    },
    async stop() {
      await programs.end();
      await database.drop();
      rmSync(folder, { recursive: true });
    },
  };
}

const rules = [
  { method: 'GET', path: '/healthcheck' },
  { method: 'GET', path: '/list' },
  { method: 'POST', path: '/scan' },
  { method: 'GET', path: '/bulk/*' },
  { method: 'POST', path: '/bulk/*' },
];

/** The broker client as its image has it: one file. */
async function bundleClient(folder: string): Promise<string> {
  const file = join(folder, 'main.cjs');
  const source = join(root, 'apps/broker-client/src/main.ts');
  await rolldown([source, '--platform', 'node', '--format', 'cjs', '--file', file]);
  return file;
}

/** The platform as its image has it: bundled, and compiled by a first start that finds no environment. */
async function bundlePlatform(folder: string): Promise<string> {
  const app = join(root, 'apps/platform');
  const bundled = join(folder, 'platform');
  await rolldown(['-c', 'rolldown.config.mjs', '--dir', bundled], app);
  cpSync(join(app, 'src/database/migrations'), join(bundled, 'migrations'), { recursive: true });
  const main = join(bundled, 'main.mjs');
  const env = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
  await run(process.execPath, [main], { env }).catch(() => undefined);
  return main;
}

async function rolldown(args: readonly string[], cwd = root): Promise<void> {
  await run(process.execPath, [join(root, 'node_modules/rolldown/bin/cli.mjs'), ...args], { cwd });
}
