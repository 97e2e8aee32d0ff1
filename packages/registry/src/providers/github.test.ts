import { githubRoutes, startTestRegistry, withStatus } from '@plimsoll/testkit';
import { expect, it } from 'vitest';
import { openRegistry } from '../open-registry.ts';
import { github } from './github.ts';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

for (const owners of ['orgs', 'users'] as const) {
  testProvider(
    `github-cr of ${owners}`,
    { pushedAtKind: 'manifest', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true },
    async (user) => {
      const server = await startTestRegistry({
        authentication: { kind: 'bearer', ...user },
        routes: githubRoutes(user.password, { owners }),
      });
      const credentials = { type: 'github-cr', registryBase: `${server.base}/team`, ...user } as const;
      return fixtureOf(server, credentials, /\/packages$/);
    },
  );
}

it.each([
  [undefined, 'ghcr.io', ''],
  ['ghcr.io', 'ghcr.io', ''],
  ['https://ghcr.io/Acme/', 'https://ghcr.io', 'acme'],
  ['github.com/acme', 'ghcr.io', 'acme'],
  ['containers.github.example.com/acme', 'containers.github.example.com', 'acme'],
])('reads the base %s', (registryBase, address, namespace) => {
  const credentials = { type: 'github-cr', registryBase } as const;

  expect([github.base(credentials), github.namespace?.(credentials)]).toEqual([address, namespace]);
});

it('goes in with a token alone', () => {
  expect(github.login({ type: 'github-cr', password: 'ghp_x' })).toEqual({
    username: 'token',
    password: 'ghp_x',
  });
});

it('tells a used-up account from one without rights', async () => {
  const server = await startTestRegistry({ routes: githubRoutes('t') });
  const reset = String(Math.floor(Date.now() / 1000) + 3_600);
  const exhausted = withStatus(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset });
  server.faults.add({ path: /packages/, fault: exhausted });
  const registry = openRegistry({ type: 'github-cr', registryBase: `${server.base}/team`, password: 't' });
  const verdict = await registry.checkCredentials(new AbortController().signal);
  await Promise.all([registry.close(), server.stop()]);

  expect(verdict).toMatchObject({ code: 'rate-limited' });
});
