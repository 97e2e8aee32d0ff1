import type { RegistryCredentials } from '@plimsoll/contracts';
import {
  addImage,
  buildImage,
  dockerHubRoutes,
  githubRoutes,
  gitlabAuthentication,
  gitlabRoutes,
  redirectedTo,
  startTestRegistry,
  type TestRegistry,
} from '@plimsoll/testkit';
import { afterEach, expect, it } from 'vitest';
import { openRegistry, type Registry } from './open-registry.ts';

const user = { username: 'reader', password: 'correct-horse-battery' };
const shapes = [user.password, Buffer.from(`${user.username}:${user.password}`).toString('base64')];
const signal = new AbortController().signal;

const opened: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.stop();
});

async function start(options: Parameters<typeof startTestRegistry>[0]): Promise<TestRegistry> {
  const server = await startTestRegistry(options);
  addImage(server.content, 'team/app', '1.0', await buildImage({ layers: [] }));
  opened.push(server);
  return server;
}

function open(credentials: RegistryCredentials): Registry {
  const registry = openRegistry(credentials, { limits: { backoff: { firstMs: 1, capMs: 1 } } });
  opened.unshift({ stop: () => registry.close() });
  return registry;
}

const products = {
  'docker-hub': {
    listing: /\/team\/repositories$/,
    routes: dockerHubRoutes(user),
    authentication: undefined,
  },
  'github-cr': { listing: /\/packages$/, routes: githubRoutes(user.password), authentication: undefined },
  'gitlab-cr': {
    listing: /\/registry\/repositories$/,
    routes: gitlabRoutes(user.password),
    authentication: gitlabAuthentication(user),
  },
} as const;

it.each(['docker-hub', 'github-cr', 'gitlab-cr'] as const)(
  'carries no token of %s to where its API redirects',
  async (type) => {
    const { listing, routes, authentication } = products[type];
    const other = await start({});
    const server = await start({ routes, ...(authentication && { authentication }) });
    server.faults.add({ path: listing, fault: redirectedTo(({ url }) => other.origin + url.pathname) });
    const registry = open({ type, registryBase: `${server.base}/team`, ...user });

    await expect(registry.listRepositories({ limit: 1 }, signal)).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(other.requests).not.toHaveLength(0);
    const seen = JSON.stringify(other.requests.map(({ headers, body }) => ({ headers, body })));
    for (const secret of [...shapes, 'hub-token-of']) expect(seen).not.toContain(secret);
  },
);

it('does not post a password to where a log-in redirects', async () => {
  const other = await start({});
  const server = await start({ routes: dockerHubRoutes(user) });
  server.faults.add({ path: /\/auth\/token$/, fault: redirectedTo(`${other.origin}/v2/auth/token`) });
  const registry = open({ type: 'docker-hub', registryBase: `${server.base}/team`, ...user });

  await expect(registry.listRepositories({ limit: 1 }, signal)).rejects.toMatchObject({
    code: 'invalid-answer',
  });
  expect(other.requests).toEqual([]);
});

it('does not send the token of an API to a token server of another domain', async () => {
  const server = await start({});
  const challenge = 'Bearer realm="https://attacker.test/jwt/auth",service="container_registry"';
  server.faults.add({
    path: /^\/v2\/$/,
    fault: () => ({ status: 401, headers: { 'www-authenticate': challenge }, body: '' }),
  });
  const registry = open({ type: 'gitlab-cr', registryBase: `${server.base}/team`, ...user });

  await expect(registry.listRepositories({ limit: 1 }, signal)).rejects.toMatchObject({
    code: 'egress-refused',
  });
});

it('does not carry the API key of Artifactory to where a blob is kept', async () => {
  const storage = await start({});
  const key = 'AKCp8secretkey';
  const server = await start({
    pathPrefix: '/artifactory/api/docker/local',
    routes: ({ headers }) => (headers['x-jfrog-art-api'] === key ? undefined : { status: 401, headers: {} }),
  });
  const path = '/artifactory/api/docker/local';
  server.faults.add({
    path: /\/blobs\//,
    fault: redirectedTo(({ url }) => storage.origin + url.pathname.slice(path.length)),
  });
  const registry = open({ type: 'artifactory-cr', registryBase: server.base, password: key });
  const { config } = await buildImage({ layers: [] });
  const blob = registry.openBlob(
    'team/app',
    { digest: config.digest, sizeBytes: config.bytes.length },
    signal,
  );
  for await (const _ of blob) continue;

  expect(server.requests.every(({ headers }) => headers['x-jfrog-art-api'] === key)).toBe(true);
  expect(storage.requests).toHaveLength(1);
  expect(JSON.stringify(storage.requests[0]?.headers)).not.toContain(key);
});
