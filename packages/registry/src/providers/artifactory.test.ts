import {
  addImage,
  artifactoryRoutes,
  buildImage,
  redirectedTo,
  startTestRegistry,
  webPage,
  withHeader,
} from '@plimsoll/testkit';
import { expect, it } from 'vitest';
import { openRegistry } from '../open-registry.ts';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

const user = { username: 'reader', password: 'correct-horse-battery' };
const signal = new AbortController().signal;
const pathPrefix = '/artifactory/api/docker/docker-local';

for (const kind of ['basic', 'bearer'] as const) {
  testProvider(
    `artifactory-cr by path with ${kind} authentication`,
    { pushedAtKind: 'tag', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true },
    async () => {
      const routes = artifactoryRoutes(user, 'docker-local');
      const server = await startTestRegistry({ authentication: { kind, ...user }, pathPrefix, routes });
      return fixtureOf(server, { type: 'artifactory-cr', registryBase: server.base, ...user }, /_catalog/);
    },
  );
}

testProvider(
  'artifactory-cr at a sub-domain',
  { pushedAtKind: 'absent', pushedAt: undefined, hasDigests: false },
  async () => {
    const server = await startTestRegistry({ authentication: { kind: 'basic', ...user } });
    return fixtureOf(server, { type: 'artifactory-cr', registryBase: server.base, ...user }, /_catalog/);
  },
);

it('lists tags by names when the account may not query, also where links lose the repository key', async () => {
  const routes = artifactoryRoutes(user, 'docker-local', { refusal: 403 });
  const authentication = { kind: 'basic', ...user } as const;
  const server = await startTestRegistry({ authentication, pathPrefix, routes });
  const image = await buildImage({ layers: [] });
  for (const tag of ['1', '2', '3']) addImage(server.content, 'team/app', tag, image);
  const link = '</v2/team/app/tags/list?last=2&n=2>; rel="next"';
  server.faults.add({ path: /tags\/list/, fault: withHeader('link', link), times: 1 });
  const registry = openRegistry({ type: 'artifactory-cr', registryBase: server.base, ...user });
  const first = await registry.listTags('team/app', { limit: 2 }, signal);
  const rest = await registry.listTags('team/app', { limit: 2, cursor: first.nextCursor ?? '' }, signal);
  await Promise.all([registry.close(), server.stop()]);

  expect([...first.tags, ...rest.tags].map(({ name }) => name)).toEqual(['1', '2', '3']);
});

it.each([
  ['landing.jfrog.com', 'unreachable', /switched off/],
  [
    'login.jfrog.test',
    'not-a-registry',
    /login\.jfrog\.test.*, to which .*acme\.jfrog\.test.* leads, answered a web page/,
  ],
])('tells an instance that leads to %s', async (host, code, message) => {
  const server = await startTestRegistry();
  const { port } = new URL(server.origin);
  server.faults.add({ path: /\/v2\//, fault: redirectedTo(`http://${host}:${port}/page`, 302) });
  server.faults.add({ path: /\/page/, fault: webPage() });
  const resolve = (_: string, __: unknown, done: (error: null, found: object[]) => void) =>
    done(null, [{ address: '127.0.0.1', family: 4 }]);
  const registry = openRegistry(
    { type: 'artifactory-cr', registryBase: `http://acme.jfrog.test:${port}${pathPrefix}`, ...user },
    { egress: { resolve: resolve as never } },
  );
  const verdict = await registry.checkCredentials(signal);
  await Promise.all([registry.close(), server.stop()]);

  expect(verdict).toMatchObject({ ok: false, code, message: expect.stringMatching(message) });
});
