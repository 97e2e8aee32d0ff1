import { addImage, artifactoryRoutes, buildImage, startTestRegistry, withHeader } from '@plimsoll/testkit';
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
