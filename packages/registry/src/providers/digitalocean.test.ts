import { digitaloceanRoutes, startTestRegistry } from '@plimsoll/testkit';
import { expect, it } from 'vitest';
import { digitalocean } from './digitalocean.ts';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

for (const generation of ['registries', 'registry'] as const) {
  testProvider(
    `digitalocean-cr with /v2/${generation}`,
    { pushedAtKind: 'tag', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true },
    async (user) => {
      const server = await startTestRegistry({
        authentication: { kind: 'bearer', ...user },
        routes: digitaloceanRoutes(user.password, 'team', { generation }),
      });
      const credentials = { type: 'digitalocean-cr', registryBase: server.base, ...user } as const;
      return fixtureOf(server, credentials, /\/repositoriesV2$/);
    },
  );
}

it.each([
  [undefined, 'registry.digitalocean.com', ''],
  ['registry.digitalocean.com/acme', 'registry.digitalocean.com', 'acme'],
])('reads the base %s', (registryBase, address, namespace) => {
  const credentials = { type: 'digitalocean-cr', registryBase } as const;

  expect([digitalocean.base(credentials), digitalocean.namespace?.(credentials)]).toEqual([
    address,
    namespace,
  ]);
});

it('takes the API token as user name and password', () => {
  const type = 'digitalocean-cr';
  expect(digitalocean.login({ type, password: 'dop_v1_x' })).toEqual({
    username: 'dop_v1_x',
    password: 'dop_v1_x',
  });
});
