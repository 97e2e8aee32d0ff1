import { addImage, buildImage, nexusRoutes, startTestRegistry, withHeader } from '@plimsoll/testkit';
import { expect, it } from 'vitest';
import { openRegistry } from '../open-registry.ts';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

const user = { username: 'reader', password: 'correct-horse-battery' };
const signal = new AbortController().signal;
const pathPrefix = '/repository/docker-hosted';
const authentication = { kind: 'basic', ...user } as const;

testProvider(
  'nexus-cr by path',
  { pushedAtKind: 'tag', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true },
  async () => {
    const server = await startTestRegistry({ authentication, pathPrefix, routes: nexusRoutes(user) });
    return fixtureOf(server, { type: 'nexus-cr', registryBase: server.base, ...user }, /_catalog/);
  },
);

testProvider(
  'nexus-cr at a connector port',
  { pushedAtKind: 'absent', pushedAt: undefined, hasDigests: false },
  async () => {
    const server = await startTestRegistry({ authentication });
    return fixtureOf(server, { type: 'nexus-cr', registryBase: server.base, ...user }, /_catalog/);
  },
);

it.each([
  ['the search does not know them yet', { unindexed: new Set(['team/app']) }],
  ['the account may not browse', { refusal: 403 as const }],
])('lists tags by names when %s', async (_, variant) => {
  const server = await startTestRegistry({ authentication, pathPrefix, routes: nexusRoutes(user, variant) });
  const image = await buildImage({ layers: [] });
  for (const tag of ['1', '2', '3']) addImage(server.content, 'team/app', tag, image);
  const registry = openRegistry({ type: 'nexus-cr', registryBase: server.base, ...user });
  const first = await registry.listTags('team/app', { limit: 2 }, signal);
  const rest = await registry.listTags('team/app', { limit: 2, cursor: first.nextCursor ?? '' }, signal);
  await Promise.all([registry.close(), server.stop()]);

  expect([...first.tags, ...rest.tags].map(({ name }) => name)).toEqual(['1', '2', '3']);
});

it('stays at its port when a proxy repository links to the path of another', async () => {
  const server = await startTestRegistry({ authentication });
  const image = await buildImage({ layers: [] });
  for (const name of ['a', 'b']) addImage(server.content, name, '1.0', image);
  const link = `<${server.origin}/repository/docker-proxy/v2/_catalog?n=1&last=a>; rel="next"`;
  server.faults.add({ path: /_catalog/, fault: withHeader('link', link), times: 1 });
  const registry = openRegistry({ type: 'nexus-cr', registryBase: server.base, ...user });
  await registry.listRepositories({ limit: 1 }, signal).catch(() => undefined);
  const { repositories } = await registry.listRepositories({ limit: 3 }, signal);
  await Promise.all([registry.close(), server.stop()]);

  expect(repositories).toHaveLength(2);
  expect(server.requests.every(({ url }) => url.pathname.startsWith('/v2/'))).toBe(true);
});
