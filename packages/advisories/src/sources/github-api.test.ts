import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeBundle } from '../bundle/write-bundle.ts';
import type { Known } from '../feed.ts';
import { openFeed } from '../open-feed.ts';
import { serve, type Answer } from '../testing-server.ts';

const advisory = (id: string) => ({ ghsa_id: id, updated_at: '2026-01-18T00:00:00Z' });
const page = (ids: string[], headers: Record<string, string> = {}): Answer => [
  200,
  JSON.stringify(ids.map(advisory)),
  { 'content-type': 'application/json', ...headers },
];
const asked = '/api/v3/advisories?type=reviewed&per_page=100&sort=updated&direction=asc';
const second = '/api/v3/advisories?after=Y3Vyc29yOjI%3D&per_page=100';
/** As GitHub writes it: the next page among others, with a cursor. */
const link = `<http://127.0.0.1:0/api/v3/advisories?before=x>; rel="prev", <${second}>; rel="next"`;
const token = { reveal: () => 'ghp_1' };

async function read(answers: Record<string, Answer | Answer[]>, known: Known | undefined = {}) {
  await using mirror = await serve(answers);
  const location = `${mirror.address}/api/v3/advisories?type=reviewed`;
  const [part] = await openFeed(location, { githubToken: token });
  await using reading = await part!.open(known);
  const [ids, faults]: [string[], string[]] = [[], []];
  for await (const item of reading.items) {
    if ('advisory' in item) ids.push(item.advisory.id);
    if ('fault' in item) faults.push(item.fault.reason);
  }
  return { feed: reading.feed, extent: reading.extent, part: part!.ecosystem, ids, faults, ...mirror };
}

it('reads page after page as the links say, with the token', async () => {
  const found = await read({ [asked]: page(['GHSA-1', 'GHSA-2'], { link }), [second]: page(['GHSA-3']) });

  expect(found).toMatchObject({
    feed: 'github',
    extent: 'some',
    part: 'github-api-reviewed',
    ids: ['GHSA-1', 'GHSA-2', 'GHSA-3'],
    faults: [],
    tokens: ['Bearer ghp_1', 'Bearer ghp_1'],
  });
});

it('asks only for what changed since an hour before the newest known change', async () => {
  const since = `${asked}&modified=${encodeURIComponent('>=2026-01-17T23:00:00Z')}`;

  const found = await read(
    { [since]: page(['GHSA-1']) },
    { newestModified: new Date('2026-01-18T00:00:00Z') },
  );

  expect(found.ids).toEqual(['GHSA-1']);
});

it.each<[string, number, Record<string, string>]>([
  ['Retry-After', 429, { 'retry-after': '0' }],
  ['a limit that was lifted meanwhile', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }],
])('asks again after %s', async (_what, status, headers) => {
  const found = await read({
    [asked]: page(['GHSA-1'], { link }),
    [second]: [[status, '{}', headers], page(['GHSA-2'])],
  });

  expect(found.ids).toEqual(['GHSA-1', 'GHSA-2']);
  expect(found.faults).toEqual([]);
});

it('ends a pass at a limit that lifts later, keeps what it read, and says so', async () => {
  const reset = String(Math.ceil(Date.now() / 1000) + 3000);
  const limited: Answer = [403, '{}', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }];

  const found = await read({ [asked]: page(['GHSA-1'], { link }), [second]: limited });

  expect(found.ids).toEqual(['GHSA-1']);
  expect(found.faults).toEqual([expect.stringContaining('the next pass goes on from here')]);
  // Nothing was read: that is a failure of the source.
  await expect(read({ [asked]: limited })).rejects.toThrow(/its rate limit is used up/);
});

it('does not take a refusal for a limit, nor half a list for a whole one', async () => {
  await expect(read({ [asked]: [403, '{}', { 'x-ratelimit-remaining': '59' }] })).rejects.toThrow(
    /answered 403$/,
  );
  const limited: Answer = [429, '{}', { 'retry-after': '3600' }];
  await using mirror = await serve({ [asked]: page(['GHSA-1'], { link }), [second]: limited });
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-github-'));
  const location = `${mirror.address}/api/v3/advisories?type=reviewed`;

  await expect(writeBundle(join(folder, 'b.zip'), [location])).rejects.toThrow(/rate limit is used up/);
  rmSync(folder, { recursive: true });
});

it('follows no link to another host, which would learn the token', async () => {
  await using other = await serve({});
  const answers = { [asked]: page(['GHSA-1'], { link: `<${other.address}/a>; rel="next"` }) };

  await expect(read(answers)).rejects.toThrow(/names a next page elsewhere/);
  expect(other.asked).toEqual([]);
});
