import { quayCatalog, quayRoutes, startTestRegistry } from '@plimsoll/testkit';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

const start = (user: { username: string; password: string }) =>
  startTestRegistry({
    authentication: {
      kind: 'bearer',
      ...user,
      scopeOf: (path) => (path === '/v2/_catalog' ? '' : undefined),
    },
    routes: quayRoutes(user.password),
    innerRoutes: quayCatalog,
  });

testProvider(
  'quay-cr with an OAuth token',
  { pushedAtKind: 'tag', pushedAt: '2024-02-03T04:05:06.000Z', hasDigests: true },
  async ({ password }) => {
    const user = { username: '$oauthtoken', password };
    const server = await start(user);
    const credentials = { type: 'quay-cr', registryBase: `${server.base}/team`, ...user } as const;
    return fixtureOf(server, credentials, /\/api\/v1\/repository$/);
  },
);

testProvider(
  'quay-cr with a robot',
  { pushedAtKind: 'absent', pushedAt: undefined, hasDigests: false },
  async ({ password }) => {
    const user = { username: 'team+robot', password };
    const server = await start(user);
    const credentials = { type: 'quay-cr', registryBase: server.base, ...user } as const;
    return fixtureOf(server, credentials, /_catalog/);
  },
);
