import { acrAuthentication, acrRoutes, startTestRegistry } from '@plimsoll/testkit';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

testProvider(
  'acr',
  { pushedAtKind: 'tag', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true },
  async (user) => {
    const server = await startTestRegistry({
      authentication: acrAuthentication(user),
      innerRoutes: acrRoutes,
    });
    return fixtureOf(server, { type: 'acr', registryBase: server.base, ...user }, /_catalog/);
  },
);
