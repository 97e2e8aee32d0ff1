import type { RegistryCredentials } from '@plimsoll/contracts';
import { startTestRegistry, type TestRegistry } from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry } from '../open-registry.ts';

const signal = new AbortController().signal;
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

let server: TestRegistry;
beforeEach(async () => {
  server = await startTestRegistry({
    authentication: { kind: 'basic', username: 'nobody', password: 'nothing' },
    // Whatever is no registry path is the product's API, which refuses everybody.
    routes: ({ url }) =>
      url.pathname.startsWith('/v2/team') || url.pathname === '/v2/'
        ? undefined
        : { status: 401, headers: {} },
  });
});
afterEach(() => server.stop());

/** The headers that carried credentials, each once, in a try to enter and to list. */
async function sent(credentials: Omit<RegistryCredentials, 'registryBase'>, path = ''): Promise<string[]> {
  const registry = openRegistry({ ...credentials, registryBase: server.base + path });
  await registry.checkCredentials(signal);
  await registry.listRepositories({ limit: 1 }, signal).catch(() => undefined);
  await registry.listTags('team/app', { limit: 1 }, signal).catch(() => undefined);
  await registry.close();
  const names = ['authorization', 'private-token', 'job-token', 'x-jfrog-art-api'];
  const values = server.requests.flatMap(({ headers }) =>
    names.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${String(headers[name])}`])),
  );
  return [...new Set(values)].toSorted();
}

it.each<[string, Omit<RegistryCredentials, 'registryBase'>, string, string[]]>([
  [
    'a robot of Harbor',
    { type: 'harbor-cr', username: 'robot$team+scan', password: 'p' },
    '',
    [`authorization: ${basic('robot$team+scan:p')}`],
  ],
  [
    'a robot of Quay',
    { type: 'quay-cr', username: 'team+scan', password: 'p' },
    '/team',
    [`authorization: ${basic('team+scan:p')}`],
  ],
  [
    'an OAuth token of Quay',
    { type: 'quay-cr', username: '$oauthtoken', password: 'o' },
    '/team',
    [`authorization: ${basic('$oauthtoken:o')}`, 'authorization: Bearer o'],
  ],
  [
    'a token of GitHub',
    { type: 'github-cr', password: 'ghp_x' },
    '/team',
    [`authorization: ${basic('token:ghp_x')}`, 'authorization: Bearer ghp_x'],
  ],
  [
    'a token of DigitalOcean',
    { type: 'digitalocean-cr', username: 'dop_x', password: 'dop_x' },
    '/team',
    [`authorization: ${basic('dop_x:dop_x')}`, 'authorization: Bearer dop_x'],
  ],
  [
    'a refresh token of Azure',
    { type: 'acr', username: '00000000-0000-0000-0000-000000000000', password: 'r' },
    '',
    [`authorization: ${basic('00000000-0000-0000-0000-000000000000:r')}`],
  ],
  [
    'an API key of Artifactory without a user',
    { type: 'artifactory-cr', password: 'AKCp8abc' },
    '/artifactory/api/docker/local',
    ['x-jfrog-art-api: AKCp8abc'],
  ],
  [
    'an access token of Artifactory without a user',
    { type: 'artifactory-cr', password: 'a' },
    '/artifactory/api/docker/local',
    ['authorization: Bearer a'],
  ],
  [
    'an access token of Google',
    { type: 'gcr', username: '_token', password: 'ya29.x' },
    '/team',
    [`authorization: ${basic('_token:ya29.x')}`],
  ],
  ['a stranger', { type: 'oci' }, '', []],
])('sends the credentials of %s', async (_, credentials, path, expected) => {
  expect(await sent(credentials, path)).toEqual(expected.toSorted());
});

it.each([
  ['gitlab-ci-token', 'job-token: t'],
  ['somebody', 'private-token: t'],
])('sends the token of GitLab user %s as %s to its API', async (username, expected) => {
  await server.stop();
  // The registry itself lets everybody in, so that its API is asked.
  server = await startTestRegistry();

  expect(await sent({ type: 'gitlab-cr', username, password: 't' }, '/team')).toContain(expected);
});
