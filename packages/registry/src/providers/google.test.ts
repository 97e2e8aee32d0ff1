import { generateKeyPairSync } from 'node:crypto';
import {
  addImage,
  buildImage,
  googleRoutes,
  googleTags,
  startTestRegistry,
  withStatus,
} from '@plimsoll/testkit';
import { expect, it } from 'vitest';
import { openRegistry } from '../open-registry.ts';
import { gcr } from './gcr.ts';
import { googleArtifact } from './google-artifact.ts';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

const signal = new AbortController().signal;
const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const email = 'reader@proj.iam.gserviceaccount.test';
const key = JSON.stringify({
  type: 'service_account',
  project_id: 'proj',
  client_email: email,
  private_key: pair.privateKey,
  token_uri: 'https://attacker.test/token',
});
const traits = { pushedAtKind: 'manifest', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true } as const;

const start = (user: { username: string; password: string }) =>
  startTestRegistry({
    authentication: { kind: 'bearer', ...user },
    routes: googleRoutes({ publicKey: pair.publicKey, email, project: 'proj' }),
    innerRoutes: googleTags,
  });

testProvider('gcr with an access token', traits, async ({ password }) => {
  const user = { username: 'oauth2accesstoken', password };
  const server = await start(user);
  const credentials = { type: 'gcr', registryBase: `${server.base}/team`, ...user } as const;
  return fixtureOf(server, credentials, /^\/v2\/team\/tags\/list$/);
});

testProvider('google-artifact-cr with a key', { ...traits, root: 'proj/team' }, async () => {
  const server = await start({ username: '_json_key', password: key });
  const credentials = { type: 'google-artifact-cr', registryBase: server.base, password: key } as const;
  return fixtureOf(server, credentials, /\/repositories$/, withStatus(401));
});

testProvider('google-artifact-cr of one repository', { ...traits, root: 'proj/team' }, async () => {
  const server = await start({ username: '_json_key', password: key });
  const password = Buffer.from(key).toString('base64');
  const registryBase = `${server.base}/proj/team`;
  const credentials = {
    type: 'google-artifact-cr',
    registryBase,
    username: '_json_key_base64',
    password,
  } as const;
  // An empty repository is there all the same.
  server.faults.add({
    path: /^\/v2\/proj\/team\/tags\/list$/,
    fault: (answer) =>
      answer.status === 404
        ? { ...answer, status: 200, body: '{"child":[],"manifest":{},"tags":[]}' }
        : answer,
  });
  return fixtureOf(server, credentials, /^\/v2\/proj\/team\/tags\/list$/);
});

it('lists the project of a domain, which its API calls otherwise than names of images do', async () => {
  const domainKey = JSON.stringify({ ...(JSON.parse(key) as object), project_id: 'example.com:proj' });
  const user = { username: '_json_key', password: domainKey };
  const server = await startTestRegistry({
    authentication: { kind: 'bearer', ...user },
    routes: googleRoutes({ publicKey: pair.publicKey, email, project: 'example.com:proj' }),
    innerRoutes: googleTags,
  });
  addImage(server.content, 'example.com/proj/team/app', '1.0', await buildImage({ layers: [] }));
  for (const registryBase of [server.base, `${server.base}/example.com:proj`]) {
    const registry = openRegistry({ type: 'google-artifact-cr', registryBase, password: domainKey });
    const listing = await registry.listRepositories({ limit: 10 }, signal);
    await registry.close();
    expect(listing.repositories).toEqual([{ name: 'example.com/proj/team/app' }]);
  }
  await server.stop();
});

it('goes through more tags than it keeps at a time, each with its digest and time', async () => {
  const server = await startTestRegistry();
  const count = 60_000;
  const digestAt = (index: number) => `sha256:${String(index).padStart(64, '0')}`;
  const manifest = Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const tag = [`v${(index * 7_919) % count}`];
      return [digestAt(index), { tag, timeCreatedMs: '0', timeUploadedMs: '1704164645119' }];
    }),
  );
  const body = JSON.stringify({ child: [], manifest, name: 'p/a', tags: [] });
  server.faults.add({ path: /tags\/list$/, fault: (answer) => ({ ...answer, status: 200, body }) });
  const registry = openRegistry({ type: 'gcr', registryBase: `${server.base}/p` });
  const seen = new Map<string, string | undefined>();
  let cursor: string | undefined;
  do {
    const page = await registry.listTags('p/a', { limit: 1_000, ...(cursor && { cursor }) }, signal);
    for (const { name, digest, pushedAt } of page.tags) seen.set(name, pushedAt && digest);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  await Promise.all([registry.close(), server.stop()]);

  expect([seen.size, seen.get('v7919'), server.requests.length]).toEqual([count, digestAt(1), 2]);
});

it('walks the names of a project in depth, and goes on where one was deleted', async () => {
  const user = { username: '_token', password: 'ya29.x' };
  const server = await start(user);
  const image = await buildImage({ layers: [] });
  const names = ['p/a', 'p/a/b/c', 'p/a/b/d', 'p/e/f'];
  for (const name of names) addImage(server.content, name, '1.0', image);
  const registry = openRegistry({ type: 'gcr', registryBase: `${server.base}/p`, ...user });
  const first = await registry.listRepositories({ limit: 2 }, signal);
  server.content.repositories.delete('p/a/b/d');
  const rest = await registry.listRepositories({ limit: 5, cursor: first.nextCursor ?? '' }, signal);
  await Promise.all([registry.close(), server.stop()]);

  expect([...first.repositories, ...rest.repositories].map(({ name }) => name)).toEqual([
    'p/a',
    'p/a/b/c',
    'p/e/f',
  ]);
});

it.each([
  [{ password: key }, { username: '_json_key', password: key }],
  [
    { username: '_json_key', password: key },
    { username: '_json_key', password: key },
  ],
  [
    { username: '_json_key_base64', password: Buffer.from(key).toString('base64') },
    { username: '_json_key', password: key },
  ],
  [{ password: 'ya29.x' }, { username: 'oauth2accesstoken', password: 'ya29.x' }],
  [
    { username: '_token', password: 'ya29.x' },
    { username: '_token', password: 'ya29.x' },
  ],
  [{}, undefined],
])('goes in with the credentials of case %#', (given, expected) => {
  expect(gcr.login({ type: 'gcr', ...given })).toEqual(expected);
});

it.each([
  ['gcr.io', 'gcr.io', 'proj'],
  ['https://eu.gcr.io/other', 'https://eu.gcr.io', 'other'],
  ['us-docker.pkg.dev/proj/team', 'us-docker.pkg.dev', 'proj/team'],
])('reads the base %s', (registryBase, address, namespace) => {
  const credentials = { type: 'google-artifact-cr', registryBase, password: key } as const;

  expect([googleArtifact.base(credentials), googleArtifact.namespace?.(credentials)]).toEqual([
    address,
    namespace,
  ]);
});
