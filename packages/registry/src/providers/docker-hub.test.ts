import { addImage, buildImage, dockerHubRoutes, startTestRegistry, withStatus } from '@plimsoll/testkit';
import { expect, it } from 'vitest';
import { openRegistry } from '../open-registry.ts';
import { testProvider } from './provider.conformance.ts';
import { dockerHub } from './docker-hub.ts';
import { fixtureOf } from './testing-fixture.ts';

const user = { username: 'reader', password: 'correct-horse-battery' };
const signal = new AbortController().signal;

const start = (generation: 'namespaces' | 'repositories') =>
  startTestRegistry({
    authentication: { kind: 'bearer', ...user },
    routes: dockerHubRoutes(user, { generation }),
  });

for (const generation of ['namespaces', 'repositories'] as const) {
  testProvider(
    `docker-hub with paths under ${generation}`,
    { pushedAtKind: 'tag', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true, hasNestedNames: false },
    async () => {
      const server = await start(generation);
      const credentials = { type: 'docker-hub', registryBase: `${server.base}/team`, ...user } as const;
      return fixtureOf(server, credentials, /\/team\/(?:repositories)?$/, withStatus(401));
    },
  );
}

it('lists all namespaces of the account when the base names none', async () => {
  const server = await start('namespaces');
  const image = await buildImage({ layers: [] });
  for (const name of ['b/web', 'a/app']) addImage(server.content, name, '1.0', image);
  const registry = openRegistry({ type: 'docker-hub', registryBase: server.base, ...user });
  const all = await registry.listRepositories({ limit: 10 }, signal);
  server.faults.add({ path: /\/namespaces$/, fault: withStatus(403) });
  const other = openRegistry({ type: 'docker-hub', registryBase: server.base, ...user });
  const own = await other.listRepositories({ limit: 10 }, signal);
  await Promise.all([registry.close(), other.close(), server.stop()]);

  expect(all.repositories).toEqual([{ name: 'a/app' }, { name: 'b/web' }]);
  // The account's own namespace, `reader`, has none.
  expect(own.repositories).toEqual([]);
});

it('finds official images by the name that people write', async () => {
  const server = await start('namespaces');
  const image = await buildImage({ layers: [] });
  addImage(server.content, 'library/nginx', '1.0', image);
  const registry = openRegistry({ type: 'docker-hub', registryBase: server.base, ...user });
  const { digest } = await registry.resolve('nginx', '1.0', signal);
  const described = await registry.describeImage('nginx', '1.0', signal);
  await Promise.all([registry.close(), server.stop()]);

  expect(digest).toBe(image.digest);
  expect(described.repository).toBe('nginx');
});

it.each([
  [undefined, 'registry-1.docker.io', ''],
  ['docker.io', 'registry-1.docker.io', ''],
  ['https://index.docker.io/v1/', 'registry-1.docker.io', ''],
  ['registry-1.docker.io/v2/', 'registry-1.docker.io', ''],
  ['docker.io/Acme', 'registry-1.docker.io', 'acme'],
  ['https://hub.docker.com/u/acme', 'registry-1.docker.io', 'acme'],
  ['https://hub.docker.com/repositories/acme', 'registry-1.docker.io', 'acme'],
  ['hub.docker.com/orgs/acme/repositories', 'registry-1.docker.io', 'acme'],
  ['https://hub.docker.com/', 'registry-1.docker.io', ''],
  ['mirror.example.com:5000/team', 'mirror.example.com:5000', 'team'],
  ['docker.io.attacker.test', 'docker.io.attacker.test', ''],
])('reads the base %s', (registryBase, address, namespace) => {
  const credentials = { type: 'docker-hub', registryBase } as const;

  expect([dockerHub.base(credentials), dockerHub.namespace?.(credentials)]).toEqual([address, namespace]);
});
