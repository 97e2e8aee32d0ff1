import {
  addImage,
  buildImage,
  gitlabAuthentication,
  gitlabRegistryRoutes,
  gitlabRoutes,
  startTestRegistry,
} from '@plimsoll/testkit';
import { describe, expect, it } from 'vitest';
import { openRegistry, type RegistryOptions } from '../open-registry.ts';
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

/** A GitLab, and its registry at another address, as in every larger installation. */
async function startApart(host = '127.0.0.1') {
  const tokenPath = '/jwt/auth';
  const authentication = { ...gitlabAuthentication(user), tokenPath };
  const web = await startTestRegistry({ authentication, routes: gitlabRoutes(user.password) });
  const realm = web.origin.replace('127.0.0.1', host) + tokenPath;
  const registry = await startTestRegistry({
    authentication: { ...authentication, realm },
    innerRoutes: gitlabRegistryRoutes(),
    content: web.content,
  });
  return { web, registry, stop: () => Promise.all([web.stop(), registry.stop()]) };
}

testProvider(
  'gitlab-cr whose registry is elsewhere',
  { pushedAtKind: 'tag', pushedAt, hasDigests: true },
  async () => {
    const { web, registry, stop } = await startApart();
    const credentials = { type: 'gitlab-cr', registryBase: `${registry.base}/team`, ...user } as const;
    return {
      ...fixtureOf(web, credentials, /\/registry\/repositories$/),
      faults: registry.faults,
      expire() {
        web.expireTokens();
        registry.expireTokens();
      },
      stop: async () => void (await stop()),
    };
  },
);

it.each([
  ['of the same domain', 'registry.corp.test', 'gitlab.corp.test', undefined, 'ok'],
  ['of another domain', 'registry.corp.test', 'gitlab.other.test', undefined, 'error'],
  ['of another domain that is trusted', 'registry.corp.test', 'gitlab.other.test', 'gitlab.other.test', 'ok'],
])('finds a GitLab %s', async (_, registryHost, gitlabHost, trusted, code) => {
  const { web, registry, stop } = await startApart(gitlabHost);
  addImage(web.content, 'team/app', '1.0', await buildImage({ layers: [] }));
  const resolve = (_: string, __: unknown, done: (error: null, found: object[]) => void) =>
    done(null, [{ address: '127.0.0.1', family: 4 }]);
  const egress: RegistryOptions['egress'] = {
    resolve: resolve as never,
    ...(trusted && { trustedHosts: [trusted] }),
  };
  const registryBase = `${registry.base.replace('127.0.0.1', registryHost)}/team`;
  const ours = openRegistry({ type: 'gitlab-cr', registryBase, ...user }, { egress });
  const verdict = await ours.checkCredentials(signal);
  await Promise.all([ours.close(), stop()]);

  expect(verdict).toMatchObject({ code });
  const seen = web.requests.some(({ headers }) => headers['private-token'] ?? headers.authorization);
  expect(seen).toBe(code === 'ok');
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
