import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeCredentials } from '@plimsoll/contracts';
import { createLogger, Lifecycle, parseConfig } from '@plimsoll/runtime';
import {
  addImage,
  buildImage,
  makeCertificate,
  startTestRegistry,
  withHeader,
  withStatus,
  type TestRegistry,
} from '@plimsoll/testkit';
import { request } from 'undici';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AgentConfig } from './config.ts';
import { startAgent } from './start-agent.ts';

const certificate = makeCertificate('registry.internal');
if (!certificate) console.log('skipped: the openssl command is missing, so no certificate can be made');

const log = createLogger({ name: 'agent', level: 'silent' });
const image = await buildImage({ layers: [] });

let registry: TestRegistry;
let lifecycle: Lifecycle | undefined;
let agent: string;
let cacheDir: string;

beforeEach(async () => {
  registry = await startTestRegistry();
  for (const name of ['team/a', 'team/web', 'team/z']) {
    for (const tag of ['v1', 'v2', 'v3']) addImage(registry.content, name, tag, image);
  }
  cacheDir = mkdtempSync(join(tmpdir(), 'agent-cache-'));
});

afterEach(async () => {
  await lifecycle?.stop(log);
  lifecycle = undefined;
  await registry.stop();
  rmSync(cacheDir, { recursive: true, force: true });
});

/** Starts an agent in place of the one before, which remembers nothing of that. */
async function startAnother(environment: Record<string, string> = {}): Promise<void> {
  await lifecycle?.stop(log);
  lifecycle = new Lifecycle();
  const usual = { HOST: '127.0.0.1', PORT: '0', CACHE_DIR: cacheDir };
  const config = parseConfig(AgentConfig, { ...usual, ...environment });
  const { port } = await startAgent(config, lifecycle, log);
  agent = `http://127.0.0.1:${port}`;
}

async function get(path: string, registryBase = registry.base) {
  const authorization = encodeCredentials({ type: 'oci', registryBase });
  const { body } = await request(agent + path, { headers: { authorization } });
  return (await body.json()) as Record<string, unknown>;
}

it.each([
  ['/list', 'repositories', ['team/a', 'team/web', 'team/z']],
  ['/list-paginated/team/web', 'tags', ['v1', 'v2', 'v3']],
  ['/list-with-metadata/team/web', 'tags', ['v1', 'v2', 'v3']],
])('goes on with a cursor of %s that another agent gave', async (route, key, expected) => {
  const listed: string[] = [];
  let cursor = '';
  do {
    await startAnother();
    const page = await get(`${route}?limit=1${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    expect(page).toMatchObject({ complete: true, warnings: [] });
    listed.push(...(page[key] as { name: string }[]).map(({ name }) => name));
    cursor = (page['nextCursor'] ?? '') as string;
  } while (cursor !== '' && listed.length <= expected.length);

  expect(listed).toEqual(expected);
});

it('tells which part of a listing is missing, and why', async () => {
  const more = withHeader('link', '</v2/team/web/tags/list?n=1&last=v3>; rel="next"');
  registry.faults.add({
    path: /tags\/list/,
    fault: (answer, asked) =>
      asked.url.searchParams.has('last') ? withStatus(404)(answer, asked) : more(answer, asked),
  });
  await startAnother();

  for (const route of ['/list-paginated', '/list-with-metadata']) {
    expect(await get(`${route}/team/web?limit=1000`)).toMatchObject({
      complete: false,
      warnings: [expect.stringMatching(/rest could not be listed.*404/)],
    });
  }
});

it.skipIf(!certificate)('trusts the authority of CA_CERT, a file or the text itself', async () => {
  const secure = await startTestRegistry({ tls: certificate ?? {} });
  const verdictWith = async (environment: Record<string, string>) => {
    await startAnother(environment);
    return get('/systemcheck', secure.base);
  };

  expect(await verdictWith({ CA_CERT: certificate?.path ?? '' })).toMatchObject({ code: 'ok' });
  expect(await verdictWith({ CA_CERT: certificate?.cert ?? '' })).toMatchObject({ code: 'ok' });
  expect(await verdictWith({ TLS_REJECT_UNAUTHORIZED: '0', ALLOW_UNVERIFIED_TLS: 'true' })).toMatchObject({
    code: 'ok',
  });
  expect(await verdictWith({})).toMatchObject({
    code: 'tls',
    message: expect.stringContaining('CN=registry.internal'),
  });
  expect(() => parseConfig(AgentConfig, { TLS_REJECT_UNAUTHORIZED: '0' })).toThrow(/ALLOW_UNVERIFIED_TLS/);
  await secure.stop();
});
