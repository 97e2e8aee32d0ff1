import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCertificate, type Certificate } from './support/certificate.ts';
import { startNginx, type Nginx } from './support/nginx.ts';
import { PlatformApi } from './support/platform-api.ts';
import { unusedPort } from './support/plimsoll.ts';
import { startPlatform, startProcess, type RunningProcess } from './support/processes.ts';
import { missingPrograms } from './support/programs.ts';
import { admin } from './support/replica-world.ts';
import { squidIsMissing, startSquid, type Squid } from './support/squid.ts';

// A broker client behind what stands between people's networks and a platform: nginx with a short idle timeout and a
// certificate of a private authority, and squid, which wants a password and opens TLS.

const missing = [...missingPrograms('nginx', 'openssl'), ...[squidIsMissing() ?? []].flat()];
if (missing.length > 0) console.log(`networks.test.ts skipped: ${missing.join(', ')}`);

/** Seconds of silence after which nginx closes: longer than the pause between heartbeats (5 s), and shorter. */
const idleSeconds = { longer: 7, shorter: 2 };

describe.skipIf(missing.length > 0)('a broker client', () => {
  let folder: string;
  let database: TestDatabase;
  let platform: RunningProcess;
  let certificate: Certificate;
  let nginx: Nginx;
  let squid: Squid;
  let closedSquid: Squid;
  let agent: Server;
  let token: string;
  let broker: string;
  let headers: Record<string, string>;
  const clients: RunningProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-networks-'));
    database = await createTestDatabase();
    const url = `http://127.0.0.1:${await unusedPort()}`;
    certificate = await createCertificate(folder);
    platform = await startPlatform(url, database, admin);
    nginx = await startNginx(folder, url, certificate, [idleSeconds.longer, idleSeconds.shorter]);
    const { certificateFile: trusts } = certificate;
    squid = await startSquid(folder, { trusts, passesWebSockets: true });
    closedSquid = await startSquid(folder, { trusts, passesWebSockets: false });
    agent = createServer((_request, response) => response.end('{"repositories":[],"complete":true}'));
    await once(agent.listen(0, '127.0.0.1'), 'listening');
    const api = await PlatformApi.signIn(url, admin.email, admin.password);
    const { id } = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });
    const made = await api.post(`${api.org}/integrations/${id}/broker_tokens`, 'broker_token', {});
    token = String(made.attributes['token']);
    const account = await api.post(`${api.org}/service_accounts`, 'service_account', {
      name: 'networks',
      auth_type: 'api_key',
      role_id: 'admin',
    });
    headers = { authorization: `token ${String(account.attributes['api_key'])}` };
    broker = `${url}/broker/${id}`;
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.stop()));
  });

  afterAll(async () => {
    await Promise.all([squid.stop(), closedSquid.stop(), nginx.stop(), platform.stop()]);
    agent.close();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  async function start(platformUrl: string, env: Record<string, string>): Promise<RunningProcess> {
    const port = await unusedPort();
    const client = startProcess('broker-client', {
      BROKER_TOKEN: token,
      BROKER_SERVER_URL: platformUrl,
      BROKER_CLIENT_URL: `http://127.0.0.1:${port}`,
      CR_AGENT_URL: `http://127.0.0.1:${(agent.address() as AddressInfo).port}`,
      CR_TYPE: 'oci',
      CR_BASE: 'registry.example.com',
      PORT: String(port),
      HOST: '127.0.0.1',
      LOG_LEVEL: 'debug',
      ...env,
    });
    clients.push(client);
    return client;
  }

  async function says(client: RunningProcess, text: string | RegExp): Promise<void> {
    await expect.poll(() => client.output(), { timeout: 30_000, interval: 50 }).toMatch(text);
  }
  const times = (client: RunningProcess, text: string) => client.output().split(text).length - 1;
  const ask = async () => (await fetch(`${broker}/list?limit=1`, { headers })).status;

  it('is not cut off by a balancer that closes what is silent: heartbeats come in time', async () => {
    const tls = { CA_CERT: certificate.certificateFile };
    const steady = await start(nginx.urls[0]!, tls);
    await says(steady, '"tunnel open"');
    const restless = await start(nginx.urls[1]!, tls);

    // So long that the steady one would have been cut off twice, too.
    await expect
      .poll(() => times(restless, '"tunnel lost"'), { timeout: 60_000, interval: 100 })
      .toBeGreaterThanOrEqual(8);

    expect([times(steady, '"tunnel open"'), times(steady, '"tunnel lost"')]).toEqual([1, 0]);
    expect(await ask()).toBe(200);
  });

  it('reaches the platform over IPv6', async () => {
    const { TLS_REJECT_UNAUTHORIZED, ALLOW_UNVERIFIED_TLS } = {
      // The certificate of this test names no IPv6 address.
      TLS_REJECT_UNAUTHORIZED: 'false',
      ALLOW_UNVERIFIED_TLS: 'true',
    };
    const client = await start(nginx.urlOfIpv6, { TLS_REJECT_UNAUTHORIZED, ALLOW_UNVERIFIED_TLS });

    await says(client, '"tunnel open"');

    expect(await ask()).toBe(200);
  });

  it('passes a proxy that wants a password and opens TLS, trusting the authority of that proxy', async () => {
    const client = await start(nginx.urls[0]!, {
      HTTPS_PROXY: squid.url,
      CA_CERT: squid.authorityFile,
    });

    await says(client, '"tunnel open"');

    expect(await ask()).toBe(200);
    expect(squid.accessLog()).toMatch(/CONNECT localhost:\d+ proxyuser/);
    expect(client.output()).not.toContain('proxy-secret');
  });

  it.each([
    [
      'does not trust the authority of a proxy that opens TLS',
      () => ({}),
      /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO/,
    ],
    [
      'has another password than the proxy wants',
      () => ({ HTTPS_PROXY: squid.url.replace('proxy-secret', 'not-the-secret') }),
      /the proxy answered 407: .*HTTPS_PROXY/,
    ],
  ])('says so when it %s', async (_name, env, message) => {
    const client = await start(nginx.urls[0]!, { HTTPS_PROXY: squid.url, ...env() });

    await says(client, message);

    expect(client.output()).not.toContain('tunnel open"');
    expect(client.output()).not.toMatch(/proxy-secret|not-the-secret/);
  });

  it('says that a proxy lets no WebSocket through', async () => {
    const client = await start(nginx.urls[0]!, {
      HTTPS_PROXY: closedSquid.url,
      CA_CERT: closedSquid.authorityFile,
    });

    await says(client, /lets no WebSocket through: .*tunnel could not be opened/);

    expect(client.output()).not.toContain('"tunnel open"');
  });

  it('passes such a proxy by long polling, where that is asked for', async () => {
    const client = await start(nginx.urls[0]!, {
      HTTPS_PROXY: closedSquid.url,
      CA_CERT: closedSquid.authorityFile,
      BROKER_TRANSPORT: 'auto',
    });

    await says(client, /"transport":"polling".*"tunnel open"/);

    expect(await ask()).toBe(200);
    expect(closedSquid.accessLog()).toMatch(/POST https:\/\/localhost:\d+\/broker\/tunnel\/polling/);
    expect(closedSquid.accessLog()).not.toContain(token);
  });
});
