import { startTestRegistry } from '@plimsoll/testkit';
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
