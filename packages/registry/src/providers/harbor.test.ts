import { harborRoutes, startTestRegistry } from '@plimsoll/testkit';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

testProvider(
  'harbor-cr',
  { pushedAtKind: 'tag', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true },
  async (user) => {
    const server = await startTestRegistry({
      authentication: { kind: 'bearer', ...user },
      routes: harborRoutes(user),
    });
    return fixtureOf(server, { type: 'harbor-cr', registryBase: server.base, ...user }, /\/repositories$/);
  },
);
