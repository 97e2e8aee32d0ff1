import { startTestRegistry, withBody, withHeader, withStatus, type TestRegistry } from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../open-registry.ts';

const signal = new AbortController().signal;

let server: TestRegistry;
let registry: Registry;

beforeEach(async () => {
  server = await startTestRegistry();
  registry = openRegistry({ type: 'oci', registryBase: server.base });
});
afterEach(async () => {
  await registry.close();
  await server.stop();
});

/** Answers every tag listing with this document. */
function answerTags(tags: unknown): void {
  server.faults.add({
    path: /tags\/list/,
    fault: (answer, request) => ({ ...withBody(JSON.stringify({ tags }))(answer, request), status: 200 }),
  });
}

const tagNames = async () =>
  (await registry.listTags('team/app', { limit: 10 }, signal)).tags.map(({ name }) => name);

it('takes a repository whose tags were all deleted for an empty one', async () => {
  answerTags(null);

  expect(await tagNames()).toEqual([]);
});

it('goes through a registry that ignores the page size and sorts nothing', async () => {
  const all = Array.from({ length: 25 }, (_, index) => `v${(index * 7) % 25}`);
  answerTags(all);

  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await registry.listTags('team/app', { limit: 10, ...(cursor && { cursor }) }, signal);
    seen.push(...page.tags.map(({ name }) => name));
    cursor = page.nextCursor;
  } while (cursor !== undefined);

  expect(seen.toSorted()).toEqual(all.toSorted());
});

it('leaves out names that do not belong in a URL, and says so', async () => {
  server.faults.add({
    path: /_catalog/,
    fault: withBody(
      JSON.stringify({ repositories: ['good', '../../admin', 'Upper/Case', 'a b', 'a?b', ''] }),
    ),
  });

  expect(await registry.listRepositories({ limit: 10 }, signal)).toEqual({
    repositories: [{ name: 'good' }],
    complete: true,
    warnings: [expect.stringContaining('5 names were left out')],
  });
});

it.each([400, 405])('asks without a page size when the registry refuses it with %i', async (status) => {
  answerTags(['1.0']);
  server.faults.add({
    path: /tags\/list/,
    fault: (answer, request) =>
      request.url.searchParams.has('n') ? withStatus(status)(answer, request) : answer,
  });

  expect(await tagNames()).toEqual(['1.0']);
});

it('never leaves its own path, whatever a link says', async () => {
  answerTags(['1.0']);
  server.faults.add({
    path: /tags\/list/,
    fault: withHeader('link', '<http://169.254.169.254/meta?last=1.0>; rel="next"'),
    times: 1,
  });
  await tagNames();

  expect(server.requests.map(({ url }) => url.pathname)).toEqual(Array(2).fill('/v2/team/app/tags/list'));
});

it('reads no answer larger than its limit', async () => {
  answerTags(Array.from({ length: 1_000 }, () => '1234567'));
  await registry.close();
  registry = openRegistry({ type: 'oci', registryBase: server.base }, { limits: { listStreamBytes: 9_000 } });

  await expect(tagNames()).rejects.toMatchObject({ code: 'too-large' });
});

it('goes through more tags than it keeps at a time, of a registry that sends all of them at once', async () => {
  const all = Array.from({ length: 120_000 }, (_, index) => `v${(index * 7_919) % 120_000}`);
  answerTags(all);

  const seen = new Set<string>();
  let pages = 0;
  let cursor: string | undefined;
  do {
    const page = await registry.listTags('team/app', { limit: 1_000, ...(cursor && { cursor }) }, signal);
    for (const { name } of page.tags) seen.add(name);
    pages++;
    cursor = page.nextCursor;
  } while (cursor !== undefined);

  expect([seen.size, pages]).toEqual([120_000, 120]);
  // 50,000 at a time: the registry is asked again for the rest only.
  expect(server.requests).toHaveLength(3);
});
