import {
  gitlabAuthentication,
  gitlabRegistryRoutes,
  gitlabRoutes,
  startTestRegistry,
} from '@plimsoll/testkit';
import { describe, expect, it } from 'vitest';
import { openRegistry } from '../open-registry.ts';
import { gitlab } from './gitlab.ts';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

const user = { username: 'reader', password: 'correct-horse-battery' };
const signal = new AbortController().signal;
const pushedAt = '2024-02-03T04:05:06.789Z';

const start = (variant: Parameters<typeof gitlabRoutes>[1] = {}) =>
  startTestRegistry({
    authentication: gitlabAuthentication(user),
    routes: gitlabRoutes(user.password, variant),
    innerRoutes: gitlabRegistryRoutes(variant),
  });

testProvider('gitlab-cr for a group', { pushedAtKind: 'tag', pushedAt, hasDigests: true }, async () => {
  const server = await start({ hasLinks: false });
  const credentials = { type: 'gitlab-cr', registryBase: `${server.base}/team`, ...user } as const;
  return fixtureOf(server, credentials, /\/registry\/repositories$/);
});

testProvider(
  'gitlab-cr for all projects, before tags were published',
  { pushedAtKind: 'tag', pushedAt, hasDigests: true },
  async () => {
    const server = await start({ tellsPublished: false });
    const credentials = { type: 'gitlab-cr', registryBase: server.base, ...user } as const;
    return fixtureOf(server, credentials, /\/projects$/);
  },
);

const absent = { pushedAtKind: 'absent', pushedAt: undefined } as const;

describe.each([
  ['with times', { pushedAtKind: 'tag', pushedAt, hasDigests: true }],
  ['without times', { ...absent, hasDigests: true }],
  ['closed', { ...absent, hasDigests: false }],
] as const)('a GitLab whose registry has no database', (graphql, traits) => {
  testProvider(`gitlab-cr whose GraphQL is ${graphql}`, traits, async () => {
    const server = await start({ hasDatabase: false, graphql });
    const credentials = { type: 'gitlab-cr', registryBase: `${server.base}/team`, ...user } as const;
    return fixtureOf(server, credentials, /\/groups\/team\/registry\/repositories$/);
  });
});

it('says that a deploy token may not list', async () => {
  const server = await startTestRegistry({
    authentication: gitlabAuthentication(user),
    routes: gitlabRoutes('the token of somebody else'),
  });
  const registry = openRegistry({ type: 'gitlab-cr', registryBase: server.base, ...user });
  const verdict = await registry.checkCredentials(signal);
  await Promise.all([registry.close(), server.stop()]);

  expect(verdict).toMatchObject({ ok: false, code: 'cannot-list' });
});

it.each([
  [undefined, 'registry.gitlab.com', ''],
  ['https://gitlab.com/acme', 'registry.gitlab.com', 'acme'],
  ['registry.gitlab.com/Acme/Tools', 'registry.gitlab.com', 'acme/tools'],
  ['https://gitlab.example.com:5050', 'https://gitlab.example.com:5050', ''],
])('reads the base %s', (registryBase, address, namespace) => {
  const credentials = { type: 'gitlab-cr', registryBase } as const;

  expect([gitlab.base(credentials), gitlab.namespace?.(credentials)]).toEqual([address, namespace]);
});
