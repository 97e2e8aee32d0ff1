import { addImage, buildImage, startTestRegistry, withStatus, type TestRegistry } from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configuredNames } from './listed-repositories.ts';
import { openRegistry, type Registry } from './open-registry.ts';

const user = { username: 'reader', password: 'correct-horse-battery' };
const signal = new AbortController().signal;
const image = await buildImage({ layers: [] });

let server: TestRegistry;
let registry: Registry | undefined;

beforeEach(async () => {
  server = await startTestRegistry({ authentication: { kind: 'bearer', ...user } });
  for (const name of ['other/app', 'team/a', 'team/b', 'team/c', 'teams/app', 'tools/x']) {
    addImage(server.content, name, '1.0', image);
  }
});
afterEach(async () => {
  await registry?.close();
  await server.stop();
});

function open(extra: { repositories?: string[]; namespaces?: string[] }): Registry {
  registry = openRegistry({ type: 'oci', registryBase: server.base, ...user, extra });
  return registry;
}

async function listAll(of: Registry, limit: number): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await of.listRepositories({ limit, ...(cursor && { cursor }) }, signal);
    names.push(...page.repositories.map(({ name }) => name));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return names;
}

it.each([1, 2, 100])('lists what is named, each once, %i at a time', async (limit) => {
  const named = open({ repositories: ['team/b', 'secret/one'], namespaces: ['tools', 'team'] });

  const expected = ['secret/one', 'team/a', 'team/b', 'team/c', 'tools/x'];
  expect((await listAll(named, limit)).toSorted()).toEqual(expected);
});

it('does not ask for the catalog when repositories alone are named', async () => {
  const named = open({ repositories: ['team/a'] });
  await named.checkCredentials(signal);

  expect(await listAll(named, 10)).toEqual(['team/a']);
  expect(server.requests.filter(({ url }) => url.pathname.endsWith('_catalog'))).toEqual([]);
});

it('tells a named repository that the account may not read', async () => {
  server.faults.add({ path: /\/v2\/team\/a\//, fault: withStatus(403) });

  expect(await open({ repositories: ['team/a'] }).checkCredentials(signal)).toMatchObject({
    ok: false,
    code: 'cannot-list',
    message: expect.stringMatching(/not into team\/a.*CR_REPOSITORIES/),
  });
});

it('tells a wrong password although nothing is to be listed', async () => {
  const document = { type: 'oci', registryBase: server.base, ...user, password: 'wrong' } as const;
  registry = openRegistry({ ...document, extra: { repositories: ['team/a'] } });

  expect(await registry.checkCredentials(signal)).toMatchObject({ ok: false, code: 'unauthorized' });
});

it('lists a namespace within another one once', () => {
  const extra = { namespaces: ['team/tools', 'team', 'team', 'teams'] };

  expect(configuredNames({ type: 'oci', extra }).namespaces).toEqual(['team', 'teams']);
});
