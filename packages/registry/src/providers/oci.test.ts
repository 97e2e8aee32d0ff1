import { startTestRegistry, zotRoutes } from '@plimsoll/testkit';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

for (const kind of ['basic', 'bearer'] as const) {
  testProvider(
    `oci with ${kind} authentication`,
    { pushedAtKind: 'absent', pushedAt: undefined, hasDigests: false },
    async (user) => {
      const server = await startTestRegistry({ authentication: { kind, ...user } });
      return fixtureOf(server, { type: 'oci', registryBase: server.base, ...user }, /_catalog/);
    },
  );
}

const zot = {
  scopeOf: (path: string) => (path === '/v2/_zot/ext/search' ? 'repository:any:pull' : undefined),
};

testProvider(
  'oci with the search of zot',
  { pushedAtKind: 'tag', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true },
  async (user) => {
    const server = await startTestRegistry({
      authentication: { kind: 'bearer', ...user, ...zot },
      innerRoutes: zotRoutes(),
    });
    return fixtureOf(server, { type: 'oci', registryBase: server.base, ...user }, /_catalog/);
  },
);

testProvider(
  'oci with the search of an older zot',
  { pushedAtKind: 'absent', pushedAt: undefined, hasDigests: false },
  async (user) => {
    const server = await startTestRegistry({
      authentication: { kind: 'basic', ...user },
      innerRoutes: zotRoutes({ tellsPushTimes: false }),
    });
    return fixtureOf(server, { type: 'oci', registryBase: server.base, ...user }, /_catalog/);
  },
);
