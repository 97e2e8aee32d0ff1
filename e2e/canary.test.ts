import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentRoutes, callbackRoutes } from '@plimsoll/contracts';
import {
  addImage,
  createContent,
  createTestDatabase,
  startTestRegistry,
  type TestDatabase,
  type TestRegistry,
} from '@plimsoll/testkit';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { formsOf, leaksOf, tablesWith } from './support/canaries.ts';
import { createCertificate } from './support/certificate.ts';
import { PlatformApi } from './support/platform-api.ts';
import { unusedPort } from './support/plimsoll.ts';
import { answers, startPlatform, startProcess, type RunningProcess } from './support/processes.ts';
import { missingPrograms } from './support/programs.ts';
import { smallImage } from './support/small-image.ts';

// Every route of the three parts, at every log level and with DEBUG=*, with a marked value in every variable that is
// secret: none of them may turn up in what they print, in what they answer, or in the database.

const missing = missingPrograms('openssl');
if (missing.length > 0) console.log(`canary.test.ts skipped: not installed: ${missing.join(', ')}`);

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const mark = (name: string) => `canary-${name}-"5f%2/c+w`;
const plain = (name: string) => `canary-${name}-5f2cw-0123456789-abcdefghijklmnop`;

const email = 'admin@example.com';
const databaseRole = 'canary_role';
const secrets = {
  databasePassword: plain('database'),
  adminPassword: mark('admin'),
  encryptionKey: plain('encryption'),
  smtpPassword: plain('smtp'),
  githubToken: plain('github'),
  replicaKey: plain('replica'),
  registryPassword: mark('registry'),
  token: mark('token'),
  externalId: plain('external'),
  credentialsPassword: mark('credentials'),
  webhookPath: plain('webhook-path'),
  webhookSecret: mark('webhook'),
  googleAudience: mark('google-audience'),
  proxyPassword: plain('proxy'),
  signingKey: mark('signing-key'),
  slackPath: plain('slack'),
};

/** What the reference of the configuration calls secret, and where its mark is. */
const covered: Readonly<Record<string, keyof typeof secrets | 'made by the platform' | 'a key in PEM'>> = {
  DATABASE_URL: 'databasePassword',
  ADMIN_PASSWORD: 'adminPassword',
  ENCRYPTION_KEY: 'encryptionKey',
  SMTP_URL: 'smtpPassword',
  ADVISORIES_GITHUB_TOKEN: 'githubToken',
  REPLICA_KEY: 'replicaKey',
  BROKER_TOKEN: 'made by the platform',
  CR_PASSWORD: 'registryPassword',
  CR_TOKEN: 'token',
  CR_EXTERNAL_ID: 'externalId',
  CR_CREDENTIALS: 'credentialsPassword',
  WEBHOOK_PATH_SECRET: 'webhookPath',
  WEBHOOK_SECRET: 'webhookSecret',
  WEBHOOK_GOOGLE_AUDIENCE: 'googleAudience',
  BROKER_CLIENT_KEY: 'a key in PEM',
  REGISTRY_CLIENT_KEY: 'a key in PEM',
  HTTP_PROXY: 'proxyPassword',
  HTTPS_PROXY: 'proxyPassword',
};

it('marks every variable that is secret', () => {
  const reference = readFileSync(join(import.meta.dirname, '../docs/reference/configuration.md'), 'utf8');
  const rows = reference.split('\n').filter((line) => line.startsWith('|') && line.includes('**Secret**'));
  const names = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );

  expect(new Set(names)).toEqual(new Set(Object.keys(covered)));
});

describe.skipIf(missing.length > 0)('no secret', () => {
  let folder: string;
  let database: TestDatabase;
  let databaseUrl: string;
  let registry: TestRegistry;
  let forms: string[];
  let pem: { certificate: string; key: string };
  let parts: RunningProcess[] = [];

  afterEach(async () => {
    await Promise.all(parts.map((part) => part.stop()));
    parts = [];
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-canary-'));
    const { certificateFile, keyFile } = await createCertificate(folder);
    pem = { certificate: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    const content = createContent();
    addImage(content, 'team/app', '1.0', await smallImage());
    const authentication = { kind: 'basic', username: 'robot', password: secrets.registryPassword } as const;
    registry = await startTestRegistry({ content, authentication });
    database = await createTestDatabase();
    const client = new Client({ connectionString: database.connectionString });
    await client.connect();
    await client.query(`drop role if exists ${databaseRole}`);
    await client.query(`create role ${databaseRole} superuser login password '${secrets.databasePassword}'`);
    await client.end();
    const address = new URL(database.connectionString);
    address.username = databaseRole;
    address.password = secrets.databasePassword;
    databaseUrl = address.href;
    // A line in the middle of the key, and the credentials as they travel.
    const keyLine = pem.key.split('\n')[10] ?? '';
    forms = [...Object.values(secrets), keyLine].flatMap(formsOf);
  });

  afterAll(async () => {
    await registry.stop();
    const client = new Client({ connectionString: database.connectionString });
    await client.connect();
    await client.query(`reassign owned by ${databaseRole} to current_user`);
    await client.query(`drop role if exists ${databaseRole}`).catch(() => undefined);
    await client.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  it.each(levels)('leaves the three parts by any route at the level %s', async (level) => {
    const logging = { LOG_LEVEL: level, ...(level === 'debug' && { DEBUG: '*' }) };
    const isReadyMade = level === 'info' || level === 'error';
    const said: string[] = [];
    const keep = async (answer: Response) => {
      said.push(JSON.stringify([...answer.headers]), await answer.text());
      return answer.status;
    };
    const platformUrl = `http://127.0.0.1:${await unusedPort()}`;
    const admin = { email, password: secrets.adminPassword };
    const platform = await startPlatform(platformUrl, { connectionString: databaseUrl }, admin, {
      ...logging,
      ENCRYPTION_KEY: secrets.encryptionKey,
      // Nobody answers there.
      ADVISORIES_URL: 'http://127.0.0.1:1/api/v3/advisories',
      ADVISORIES_GITHUB_TOKEN: secrets.githubToken,
      SMTP_URL: `smtp://mailer:${secrets.smtpPassword}@127.0.0.1:9`,
      SMTP_FROM: 'plimsoll@example.com',
      HTTPS_PROXY: `http://user:${secrets.proxyPassword}@127.0.0.1:9`,
      NO_PROXY: '127.0.0.1',
      REPLICA_KEY: secrets.replicaKey,
      REPLICA_URL: `http://127.0.0.1:${await unusedPort()}`,
      NOTIFICATION_NETWORKS: '127.0.0.0/8',
      API_REQUESTS_PER_MINUTE: '0',
    });
    parts.push(platform);
    const api = await PlatformApi.signIn(platformUrl, email, secrets.adminPassword);
    const { id } = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });
    const made = await api.post(`${api.org}/integrations/${id}/broker_tokens`, 'broker_token', {});
    const brokerToken = String(made.attributes['token']);
    const account = await api.post(`${api.org}/service_accounts`, 'service_account', {
      name: `canary ${level}`,
      auth_type: 'api_key',
      role_id: 'admin',
    });
    const apiKey = String(account.attributes['api_key']);
    const channels = `${api.org}/notification_channels`;
    const hook = await api.post(channels, 'notification_channel', {
      channel_type: 'webhook',
      url: 'http://127.0.0.1:9/hook',
      secret: secrets.signingKey,
    });
    const slackUrl = `http://127.0.0.1:9/services/${secrets.slackPath}`;
    const slack = await api.post(channels, 'notification_channel', { channel_type: 'slack', url: slackUrl });
    const personal = await api.post('/rest/self/personal_access_tokens', 'personal_access_token', {
      name: `canary ${level}`,
    });
    const invite = await api.post(`${api.org}/invites`, 'org_invitation', {
      email: `${level}@example.com`,
    });
    // Each is shown once, in the answer that made it, and never again.
    const shownOnce = [
      brokerToken,
      apiKey,
      String(personal.attributes['token']),
      String(invite.attributes['url']).split('#').at(-1) ?? '',
    ];
    expect(shownOnce.every((secret) => secret.length > 20)).toBe(true);
    const marked = [...forms, ...shownOnce.flatMap(formsOf)];

    const agentUrl = `http://127.0.0.1:${await unusedPort()}`;
    const proxy = `http://user:${secrets.proxyPassword}@127.0.0.1:9`;
    const proxies = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: '127.0.0.1' };
    const agent = startProcess('agent', {
      ...logging,
      ...proxies,
      PORT: new URL(agentUrl).port,
      HOST: '127.0.0.1',
      CACHE_DIR: join(folder, `cache-${level}`),
      REGISTRY_CLIENT_CERT: pem.certificate,
      REGISTRY_CLIENT_KEY: pem.key,
    });
    parts.push(agent);
    const clientUrl = `http://127.0.0.1:${await unusedPort()}`;
    const ready = Buffer.from(
      JSON.stringify({
        type: 'oci',
        username: 'robot',
        password: secrets.credentialsPassword,
        registryBase: registry.base,
      }),
    ).toString('base64');
    const client = startProcess('broker-client', {
      ...logging,
      ...proxies,
      LOG_ENABLE_BODY: 'true',
      BROKER_TOKEN: brokerToken,
      BROKER_SERVER_URL: platformUrl,
      BROKER_CLIENT_URL: clientUrl,
      BROKER_CLIENT_CERT: pem.certificate,
      BROKER_CLIENT_KEY: pem.key,
      CR_AGENT_URL: agentUrl,
      CR_TYPE: 'oci',
      CR_BASE: registry.base,
      CR_USERNAME: 'robot',
      CR_PASSWORD: secrets.registryPassword,
      CR_TOKEN: secrets.token,
      CR_EXTERNAL_ID: secrets.externalId,
      // Ready-made ones win, and the registry refuses these: half of the levels see that.
      ...(isReadyMade && { CR_CREDENTIALS: ready }),
      WEBHOOK_PATH_SECRET: secrets.webhookPath,
      WEBHOOK_SECRET: secrets.webhookSecret,
      WEBHOOK_GOOGLE_ACCOUNT: 'pubsub@acme.iam.gserviceaccount.com',
      WEBHOOK_GOOGLE_AUDIENCE: secrets.googleAudience,
      PORT: new URL(clientUrl).port,
      HOST: '127.0.0.1',
    });
    parts.push(client);
    await Promise.all([
      answers(`${agentUrl}/healthcheck`, agent),
      answers(`${clientUrl}/healthcheck`, client),
    ]);

    const headers = { authorization: `token ${apiKey}` };
    const json = { ...headers, 'content-type': 'application/json' };
    let asked = 0;
    const ask = async (url: string, init: RequestInit = {}) => {
      asked += 1;
      return keep(await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) }));
    };

    const orgId = api.org.slice(api.org.lastIndexOf('/') + 1);
    const document = (await (await fetch(`${platformUrl}/rest/openapi/2025-09-17`)).json()) as OpenApi;
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const method of Object.keys(methods)) {
        const filled = path
          .replace('{org_id}', orgId)
          .replace('{integration_id}', method === 'delete' ? nobody : id)
          .replaceAll(/\{\w+\}/g, nobody);
        // Ends the session of nobody: the walk has a token of its own.
        const body =
          method === 'get' || method === 'delete' ? {} : { body: '{"data":{"type":"x","attributes":{}}}' };
        const vnd = { ...headers, ...('body' in body && { 'content-type': 'application/vnd.api+json' }) };
        await ask(`${platformUrl}${filled}?version=2025-09-17`, {
          method: method.toUpperCase(),
          headers: vnd,
          ...body,
        });
      }
    }
    for (const channel of [hook, slack]) {
      const one = `${platformUrl}${channels}/${channel.id}`;
      await ask(`${one}?version=2025-09-17`, { headers });
      await ask(`${one}/test?version=2025-09-17`, { method: 'POST', headers });
      await ask(`${one}/deliveries?version=2025-09-17`, { headers });
    }
    for (const path of ['/', '/healthcheck', '/readyz', '/livez', '/metrics', '/connections-status'])
      await ask(`${platformUrl}${path}`, { headers });
    await ask(`${platformUrl}/connection-status/${brokerToken}`, { headers });

    const statuses: number[] = [];
    for (const { method, path, credentials } of Object.values(agentRoutes)) {
      const below = path.replace('*', 'team/app');
      const substituted = { ...json, ...(credentials && { 'x-broker-var-sub': 'authorization' }) };
      const body = method === 'POST' ? { body: JSON.stringify(order) } : {};
      statuses.push(
        await ask(`${platformUrl}/broker/${id}${below}?reference=1.0&repository=team/app`, {
          method,
          headers: method === 'POST' ? substituted : { ...headers, 'x-broker-var-sub': 'authorization' },
          ...body,
        }),
      );
      await ask(`${agentUrl}${below}`, { method, headers: { ...json, authorization: ready }, ...body });
    }
    for (const probe of ['${BROKER_TOKEN}', '${CR_PASSWORD}', '${CR_CREDENTIALS}'])
      await ask(`${platformUrl}/broker/${id}/list`, {
        headers: { ...headers, 'x-broker-var-sub': 'x-a', 'x-a': probe },
      });
    for (const path of [
      '/healthcheck',
      '/systemcheck',
      '/metrics',
      '/unknown',
      '/webhooks/wrong-path-of-some-length',
    ])
      await ask(`${clientUrl}${path}`);
    await ask(`${clientUrl}/webhooks/${secrets.webhookPath}`, { method: 'POST', headers: json, body: '{}' });
    for (const { paths } of Object.values(callbackRoutes))
      for (const path of paths)
        await ask(`${clientUrl}${path}`, { method: 'POST', headers: json, body: '{}' });
    await Promise.all(parts.map((part) => part.stop()));

    expect(asked).toBeGreaterThan(100);
    expect(statuses.includes(200)).toBe(!isReadyMade);
    for (const part of parts) expect(leaksOf(part.output(), marked)).toEqual([]);
    expect(said.flatMap((text) => leaksOf(text, marked))).toEqual([]);
    expect(client.output().includes('request handled')).toBe(level === 'debug');
    const stored = await tablesWith(database.connectionString, marked);
    expect(stored.rows).toBeGreaterThan(5);
    expect(stored.found).toEqual([]);
  });

  it('is missed where it is: the search finds what is planted', () => {
    for (const secret of Object.values(secrets)) {
      expect(leaksOf(`x ${encodeURIComponent(secret)} y`, forms)).not.toEqual([]);
      expect(leaksOf(Buffer.from(JSON.stringify({ secret })).toString('base64'), forms)).not.toEqual([]);
    }
  });
});

type OpenApi = { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> };

const nobody = '3d9cf2a4-7d27-4d1b-8f0e-222222222222';

const order = {
  scanId: '3d9cf2a4-7d27-4d1b-8f0e-111111111111',
  repository: 'team/app',
  reference: '1.0',
  image: 'team/app:1.0',
  callbackUrl: '${BROKER_CLIENT_URL}/api/v2/import/result',
  doneUrl: '${BROKER_CLIENT_URL}/api/v2/import/done',
  BROKER_VAR_SUB: ['callbackUrl', 'doneUrl'],
};
