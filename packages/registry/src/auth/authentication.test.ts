import {
  addImage,
  buildImage,
  redirectedTo,
  startTestRegistry,
  withBody,
  withHeader,
  withStatus,
  type TestRegistry,
} from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../open-registry.ts';

const limits = { backoff: { firstMs: 1, capMs: 1 } };
const user = { username: 'reader', password: 'correct-horse-battery' };
const signal = new AbortController().signal;
const image = await buildImage({ layers: [] });
const token = /^\/token$/;
const tags = /\/tags\/list$/;

const opened: { stop(): Promise<void> }[] = [];
let server: TestRegistry;
let registry: Registry;

beforeEach(async () => {
  server = await start();
  registry = open(server);
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each.stop();
});

async function start(): Promise<TestRegistry> {
  const server = await startTestRegistry({ authentication: { kind: 'bearer', ...user } });
  for (const name of ['team/app', 'team/web']) addImage(server.content, name, '1.0', image);
  opened.push(server);
  return server;
}

function open({ base }: TestRegistry, credentials: object = user): Registry {
  const registry = openRegistry({ type: 'oci', registryBase: base, ...credentials }, { limits });
  opened.unshift({ stop: () => registry.close() });
  return registry;
}

const listTags = (repository = 'team/app') => registry.listTags(repository, { limit: 10 }, signal);
const tokenRequests = () => server.requests.filter(({ url }) => token.test(url.pathname));

it('fetches one token for all who need it at once', async () => {
  await listTags('team/web');
  const before = tokenRequests().length;
  await Promise.all(Array.from({ length: 10 }, () => listTags('team/app')));

  expect(tokenRequests().length - before).toBe(1);
});

it('enters with many requests at once that are all refused first', async () => {
  server = await startTestRegistry({ authentication: { kind: 'basic', ...user }, content: server.content });
  opened.push(server);
  registry = open(server);

  const pages = await Promise.all(Array.from({ length: 10 }, () => listTags()));
  expect(pages.map(({ tags }) => tags.length)).toEqual(Array(10).fill(1));
});

it('is refused once only, and knows the scope of other repositories then', async () => {
  await listTags('team/app');
  await listTags('team/web');

  const refused = server.requests.filter(
    ({ url, headers }) => tags.test(url.pathname) && !headers.authorization,
  );
  expect(refused).toHaveLength(1);
});

it('asks to pull and nothing more', async () => {
  const challenge = `Bearer realm="${server.origin}/token",scope="repository:team/app:push,pull,delete"`;
  server.faults.add({ path: tags, fault: withHeader('www-authenticate', challenge), times: 1 });
  await listTags();

  expect(tokenRequests()[0]?.url.searchParams.get('scope')).toBe('repository:team/app:pull');
});

it('replaces a token that is not fresh any more before it is refused', async () => {
  const expiring = (text: string) => JSON.stringify({ ...(JSON.parse(text) as object), expires_in: 0 });
  server.faults.add({
    path: token,
    fault: (answer, request) =>
      typeof answer.body === 'string' ? withBody(expiring(answer.body))(answer, request) : answer,
  });
  await listTags();
  await listTags();

  expect(tokenRequests()).toHaveLength(2);
  expect(server.requests.filter(({ url }) => tags.test(url.pathname))).toHaveLength(3);
});

it('goes on with a new token when a registry no longer takes the old one', async () => {
  await listTags();
  server.faults.add({
    path: tags,
    fault: withStatus(401, {
      'www-authenticate': `Bearer realm="${server.origin}/token",scope="repository:team/app:pull",error="invalid_token"`,
    }),
    times: 1,
  });

  expect((await listTags()).tags).toHaveLength(1);
  expect(tokenRequests()).toHaveLength(2);
});

it('tells a token that grants nothing from a wrong password', async () => {
  const challenge = `Bearer realm="${server.origin}/token",scope="repository:team/other:pull"`;
  server.faults.add({ path: tags, fault: withHeader('www-authenticate', challenge) });
  await expect(listTags()).rejects.toMatchObject({ code: 'forbidden' });

  registry = open(server, { ...user, password: 'wrong-password' });
  await expect(listTags()).rejects.toMatchObject({ code: 'unauthorized' });

  registry = open(server, {});
  await expect(listTags()).rejects.toMatchObject({ code: 'unauthorized' });
});

it.each([
  ['no token', '{}'],
  ['a token with a line break', '{"token":"a\\r\\nx-other: b"}'],
  ['a web page', '<html>'],
])('does not take %s for a token', async (_, body) => {
  server.faults.add({ path: token, fault: withBody(body) });

  await expect(listTags()).rejects.toMatchObject({ code: 'invalid-answer' });
});

it('does not read a token without end', async () => {
  server.faults.add({ path: token, fault: withBody(`{"token":"${'a'.repeat(70_000)}"}`) });

  await expect(listTags()).rejects.toMatchObject({ code: 'too-large' });
});

it('does not carry the password to where a token server redirects', async () => {
  const other = await startTestRegistry();
  opened.push(other);
  server.faults.add({ path: token, fault: redirectedTo(`${other.origin}/token`) });

  await expect(listTags()).rejects.toMatchObject({ code: 'not-found' });
  expect(other.requests).toHaveLength(1);
  expect(other.requests[0]?.headers.authorization).toBeUndefined();
});

it('does not send the password to a token server of another domain', async () => {
  const challenge = 'Bearer realm="https://attacker.test/token"';
  server.faults.add({ path: tags, fault: withHeader('www-authenticate', challenge) });

  await expect(listTags()).rejects.toMatchObject({ code: 'egress-refused' });
});
