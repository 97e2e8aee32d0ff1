import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import {
  agentRoutes,
  encodeCredentials,
  ImageMetadata,
  ImportDone,
  ImportResult,
  RegistryVerdict,
  RepositoryPage,
  StateIdentifier,
  TagPage,
  TagWithMetadataPage,
} from '@plimsoll/contracts';
import { createLogger, Lifecycle, parseConfig } from '@plimsoll/runtime';
import {
  addImage,
  buildImage,
  createContent,
  startTestRegistry,
  stalled,
  type TestRegistry,
  withStatus,
} from '@plimsoll/testkit';
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AgentConfig } from './config.ts';
import { startAgent } from './start-agent.ts';

const password = 'correct horse battery';
const dpkgStatus = `Package: openssl
Status: install ok installed
Architecture: amd64
Version: 3.0.11-1~deb12u2

`;

let registry: TestRegistry;
let receiver: Receiver;
let lifecycle: Lifecycle;
let agent: string;
let cacheDir: string;
let digest: string;
let logged: string;

const log = createLogger({ name: 'agent', level: 'debug', write: (line) => void (logged += line) });

beforeEach(async () => {
  logged = '';
  const image = await buildImage({
    layers: [
      {
        files: [
          { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' },
          { path: 'var/lib/dpkg/status', content: dpkgStatus },
        ],
      },
    ],
  });
  digest = image.digest;
  const content = createContent();
  for (const tag of ['v1', 'v2']) addImage(content, 'team/web', tag, image);
  registry = await startTestRegistry({
    content,
    authentication: { kind: 'basic', username: 'reader', password },
  });
  receiver = await startReceiver();
  cacheDir = mkdtempSync(join(tmpdir(), 'agent-cache-'));
  await start();
});

afterEach(async () => {
  await lifecycle.stop(log);
  await receiver.stop();
  await registry.stop();
  rmSync(cacheDir, { recursive: true, force: true });
});

async function start(environment: Record<string, string> = {}): Promise<void> {
  lifecycle = new Lifecycle();
  const config = parseConfig(AgentConfig, {
    HOST: '127.0.0.1',
    PORT: '0',
    CACHE_DIR: cacheDir,
    ...environment,
  });
  const { port } = await startAgent(config, lifecycle, log);
  agent = `http://127.0.0.1:${port}`;
}

function authorization(more: { password?: string; registryBase?: string } = {}): string {
  return encodeCredentials({
    type: 'oci',
    username: 'reader',
    password,
    registryBase: registry.base,
    ...more,
  });
}

async function get(path: string, headers: Record<string, string> = { authorization: authorization() }) {
  const { statusCode, body } = await request(`${agent}${path}`, { headers });
  return { status: statusCode, body: (await body.json()) as Record<string, unknown> };
}

async function post(path: string, document: object) {
  const { statusCode, body, headers } = await request(`${agent}${path}`, {
    method: 'POST',
    headers: { authorization: authorization(), 'content-type': 'application/json' },
    body: JSON.stringify(document),
  });
  return { status: statusCode, headers, body: (await body.json()) as Record<string, unknown> };
}

const scanId = '6f0f3b3e-6f8a-4f65-9d5f-6f2a1f0a8f01';
const otherScanId = '6f0f3b3e-6f8a-4f65-9d5f-6f2a1f0a8f02';

function scanRequest(more: object = {}) {
  return {
    scanId,
    repository: 'team/web',
    reference: 'v1',
    callbackUrl: `${receiver.url}/api/v2/import/result`,
    doneUrl: `${receiver.url}/api/v2/import/done`,
    ...more,
  };
}

it('reads hosts apart by commas', () => {
  const config = parseConfig(AgentConfig, { REGISTRY_TRUSTED_HOSTS: ' Login.example.com,,auth.test ' });

  expect(config.REGISTRY_TRUSTED_HOSTS).toEqual(['login.example.com', 'auth.test']);
});

describe('the registry through the agent', () => {
  it('is entered once for several requests', async () => {
    for (let times = 0; times < 3; times++) expect((await get('/list')).status).toBe(200);

    const refused = registry.requests.filter(({ headers }) => headers.authorization === undefined);
    expect(refused).toHaveLength(1);
  });

  it('says that it is alive and how many slots are free, without credentials', async () => {
    expect((await get('/healthcheck', {})).body).toMatchObject({ ok: true, slots: { total: 1, free: 1 } });
  });

  it.each(['/systemcheck', '/validate-credentials'])(
    'tells at %s whether the registry lets it in',
    async (path) => {
      const entered = await get(path);
      const refused = await get(path, { authorization: authorization({ password: 'wrong' }) });
      const absent = await get(path, {
        authorization: authorization({ registryBase: 'http://127.0.0.1:9' }),
      });

      expect(RegistryVerdict.parse(entered.body)).toMatchObject({ ok: true, code: 'ok' });
      expect([entered.status, refused.status, absent.status]).toEqual([200, 401, 502]);
      expect(RegistryVerdict.parse(refused.body).code).toBe('unauthorized');
      expect(JSON.stringify(refused.body)).not.toContain('wrong');
    },
  );

  it('lists repositories and tags', async () => {
    expect(RepositoryPage.parse((await get('/list')).body)).toMatchObject({
      repositories: [{ name: 'team/web' }],
      complete: true,
    });
    expect(TagPage.parse((await get('/list/team/web')).body).tags).toEqual([{ name: 'v1' }, { name: 'v2' }]);
    const page = TagPage.parse((await get('/list-paginated/team/web?limit=1')).body);
    expect(page.tags).toEqual([{ name: 'v1' }]);
    const next = await get(
      `/list-with-metadata/team/web?limit=1&cursor=${encodeURIComponent(page.nextCursor ?? '')}`,
    );
    expect(TagWithMetadataPage.parse(next.body).tags.map((tag) => tag.name)).toEqual(['v2']);
  });

  it('learns the digests of tags where the listing tells none, as far as it can', async () => {
    registry.faults.add({ path: /\/manifests\/v2$/, fault: withStatus(403) });

    const page = TagWithMetadataPage.parse((await get('/list-with-metadata/team/web')).body);

    expect(page.tags).toEqual([
      { name: 'v1', digest, pushedAtKind: 'absent' },
      { name: 'v2', pushedAtKind: 'absent' },
    ]);
  });

  it('tells what a tag points at', async () => {
    const state = await get('/get-state-identifier?repository=team/web&reference=v1');
    const metadata = await get('/image-metadata/team/web?reference=v1');

    expect(StateIdentifier.parse(state.body).digest).toBe(digest);
    expect(ImageMetadata.parse(metadata.body)).toMatchObject({
      digest,
      images: [{ platform: 'linux/amd64', digest }],
    });
  });

  it('answers 404 for what is not there', async () => {
    expect((await get('/get-state-identifier?repository=team/web&reference=gone')).status).toBe(404);
    expect((await get('/list/team/none')).status).toBe(404);
    expect((await get('/no/such/route')).status).toBe(404);
  });

  it('refuses requests without readable credentials, and never repeats what it was sent', async () => {
    const missing = await get('/list', {});
    const unreadable = await get('/list', { authorization: Buffer.from('hunter2').toString('base64') });

    expect([missing.status, unreadable.status]).toEqual([401, 401]);
    expect(JSON.stringify(unreadable.body)).not.toContain('hunter2');
  });

  it('says which parameter is wrong', async () => {
    const answer = await get('/list?limit=5000');

    expect(answer.status).toBe(400);
    expect(answer.body['message']).toContain('query.limit');
  });

  it('serves every route of the contract', async () => {
    for (const { method, path } of Object.values(agentRoutes)) {
      const url = path.replace('*', 'team/web');
      const { status, body } = method === 'GET' ? await get(url) : await post(url, {});

      expect([url, status === 404 && body['message'] === 'This agent has no such route.']).toEqual([
        url,
        false,
      ]);
    }
  });

  it('logs no credentials, whatever happens', async () => {
    await get('/systemcheck');
    await get('/systemcheck', { authorization: authorization({ password: 'wrong-password' }) });
    await get('/list', { authorization: 'bm9uc2Vuc2U=' });
    await post('/scan', scanRequest());
    await receiver.waitFor(2);

    for (const secret of [password, 'wrong-password', authorization(), 'bm9uc2Vuc2U=']) {
      expect(logged).not.toContain(secret);
    }
  });
});

describe('scans', () => {
  it('reads an image, delivers its inventory and then tells the end', async () => {
    const accepted = await post('/scan', scanRequest());

    expect(accepted.status).toBe(202);
    expect(accepted.body).toEqual({ scanId, status: 'running', repeated: false });
    const [first, second] = await receiver.waitFor(2);
    expect(first?.path).toBe('/api/v2/import/result');
    const result = ImportResult.parse(first?.body);
    expect(result).toMatchObject({ scanId, referenceDigest: digest, inventory: { digest } });
    expect(result.inventory.packages.map(({ purl }) => purl)).toEqual([
      expect.stringMatching(/^pkg:deb\/debian\/openssl@3\.0\.11-1~deb12u2/),
    ]);
    expect(second?.path).toBe('/api/v2/import/done');
    expect(ImportDone.parse(second?.body)).toEqual({ scanId, status: 'finished' });
  });

  it('takes the older form of the request', async () => {
    const { callbackUrl, doneUrl } = scanRequest();

    await post('/discover', { scanId, image: `team/web@${digest}`, callbackUrl, doneUrl });

    expect(ImportResult.parse((await receiver.waitFor(2))[0]?.body).inventory.digest).toBe(digest);
  });

  it('does the work of one id once', async () => {
    await post('/scan', scanRequest());
    await receiver.waitFor(2);
    const pulled = registry.requests.length;

    const again = await post('/scan', scanRequest());

    expect(again.body).toEqual({ scanId, status: 'finished', repeated: true });
    expect(registry.requests.length).toBe(pulled);
  });

  it('says that it is full while a scan runs, and takes the next when it is done', async () => {
    receiver.hold();
    await post('/scan', scanRequest());
    await receiver.waitFor(1);

    const full = await post('/scan', scanRequest({ scanId: otherScanId }));
    const same = await post('/scan', scanRequest());
    expect([full.status, full.headers['retry-after']]).toEqual([429, '5']);
    expect(full.body['code']).toBe('slots-full');
    expect(same.body).toEqual({ scanId, status: 'running', repeated: true });
    expect((await get('/healthcheck')).body['slots']).toEqual({ total: 1, free: 0 });

    receiver.release();
    await receiver.waitFor(2);
    expect((await post('/scan', scanRequest({ scanId: otherScanId }))).status).toBe(202);
    await receiver.waitFor(4);
  });

  it('tells why an image could not be read, and can be asked again', async () => {
    await post('/scan', scanRequest({ reference: 'gone' }));

    const [done] = await receiver.waitFor(1);
    expect(ImportDone.parse(done?.body)).toMatchObject({
      status: 'failed',
      failure: { code: 'not-found', retryable: false },
    });
    expect((await post('/scan', scanRequest())).body['repeated']).toBe(false);
    await receiver.waitFor(3);
  });

  it('delivers a result until it is taken', async () => {
    receiver.answerWith([503, 500]);

    await post('/scan', scanRequest());

    const received = await receiver.waitFor(4);
    expect(received.map(({ path }) => path.split('/').at(-1))).toEqual([
      'result',
      'result',
      'result',
      'done',
    ]);
    expect(ImportDone.parse(received.at(-1)?.body).status).toBe('finished');
  });

  it('gives up a result that is refused for good', async () => {
    receiver.answerWith([404]);

    await post('/scan', scanRequest());

    const [, done] = await receiver.waitFor(2);
    expect(ImportDone.parse(done?.body)).toMatchObject({ status: 'failed', failure: { retryable: false } });
  });

  it.each([
    ['another path', '/internal/admin'],
    ['a query', '/api/v2/import/result?x=1'],
  ])('refuses to call back to %s', async (_, path) => {
    const answer = await post('/scan', scanRequest({ callbackUrl: `${receiver.url}${path}` }));

    expect(answer.status).toBe(400);
    expect(answer.body['message']).toContain('callbackUrl');
  });

  it('gives up an image that takes too long', async () => {
    await lifecycle.stop(log);
    await start({ SCAN_TIMEOUT_SECONDS: '1' });
    registry.faults.add({ path: /\/blobs\//, fault: stalled() });

    await post('/scan', scanRequest());

    const [done] = await receiver.waitFor(1);
    expect(ImportDone.parse(done?.body)).toMatchObject({ status: 'failed', failure: { code: 'timeout' } });
  });

  it('finishes its scans when it is stopped', async () => {
    receiver.hold();
    await post('/scan', scanRequest());
    await receiver.waitFor(1);

    const stopped = lifecycle.stop(log);
    receiver.release();
    await stopped;

    expect((await receiver.waitFor(2)).map(({ path }) => path.split('/').at(-1))).toEqual(['result', 'done']);
  });
});

/** What broker clients are to an agent: somebody who takes callbacks. */
type Receiver = {
  readonly url: string;
  /** Waits until so many callbacks have come, and returns them. */
  waitFor(count: number): Promise<{ path: string; body: unknown }[]>;
  /** Statuses of the next answers; 200 after that. */
  answerWith(statuses: number[]): void;
  /** Leaves callbacks unanswered until `release`. */
  hold(): void;
  release(): void;
  stop(): Promise<void>;
};

async function startReceiver(): Promise<Receiver> {
  const received: { path: string; body: unknown }[] = [];
  let statuses: number[] = [];
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const server: Server = createServer((incoming, response) => {
    void (async () => {
      received.push({ path: incoming.url ?? '', body: await json(incoming) });
      await gate.promise;
      response.writeHead(statuses.shift() ?? 200).end();
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async waitFor(count) {
      await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(count), {
        timeout: 20_000,
        interval: 10,
      });
      return received;
    },
    answerWith: (next) => {
      statuses = next;
    },
    hold: () => {
      gate = Promise.withResolvers();
    },
    release: () => gate.resolve(),
    async stop() {
      gate.resolve();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
