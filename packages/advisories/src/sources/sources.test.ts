import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeZip, type ArchiveFile } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Known, Reading } from '../feed.ts';
import { samples } from '../feeds/testing-samples.ts';
import { openFeed } from '../open-feed.ts';
import { serve, type Answer } from '../testing-server.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-sources-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const day = (n: number) => new Date(Date.UTC(2026, 0, n));
const record = (id: string): ArchiveFile => ({
  name: `${id}.json`,
  bytes: Buffer.from(JSON.stringify({ id, modified: day(1).toISOString() })),
});
const now = () => day(20);

async function read(
  answers: Record<string, Answer>,
  known: Known,
): Promise<{ extent: Reading['extent']; ids: string[]; faults: string[]; asked: string[] }> {
  await using mirror = await serve(answers);
  const [part] = await openFeed(mirror.address, { ecosystems: ['Debian'], now });
  await using reading = await part!.open(known);
  const [ids, faults]: [string[], string[]] = [[], []];
  for await (const item of reading.items) {
    if ('advisory' in item) ids.push(item.advisory.id);
    if ('fault' in item) faults.push(item.fault.name);
  }
  return { extent: reading.extent, ids, faults, asked: mirror.asked };
}

/** Newest first, as the public lists are. */
const list = ['2026-01-19T00:00:00Z,D-3', '2026-01-18T06:00:00Z,D-2', '2026-01-10T00:00:00Z,D-1'].join('\n');
const known: Known = { newestModified: day(18), completeAt: day(15), validator: 'etag:"old"' };

it('fetches only the records that changed since the last pass, and a day before', async () => {
  const answers: Record<string, Answer> = {
    '/Debian/modified_id.csv': [200, list],
    '/Debian/D-3.json': [200, record('D-3').bytes],
    '/Debian/D-2.json': [200, record('D-2').bytes],
  };

  expect(await read(answers, known)).toMatchObject({ extent: 'some', ids: ['D-3', 'D-2'], faults: [] });
});

it('does not fetch what is stored already', async () => {
  const answers: Record<string, Answer> = {
    '/Debian/modified_id.csv': [200, list],
    '/Debian/D-3.json': [200, record('D-3').bytes],
  };
  const asked: unknown[] = [];
  const unknownOf: Known['unknownOf'] = async (records) => {
    asked.push(...records);
    return ['D-3'];
  };

  expect((await read(answers, { ...known, unknownOf })).ids).toEqual(['D-3']);
  expect(asked).toEqual([
    { id: 'D-3', modified: day(19).toISOString() },
    { id: 'D-2', modified: '2026-01-18T06:00:00.000Z' },
  ]);
  expect(await read(answers, { ...known, unknownOf: async () => [] })).toMatchObject({
    extent: 'nothing',
    ids: [],
  });
});

it('names a record that is listed and cannot be fetched', async () => {
  const answers: Record<string, Answer> = {
    '/Debian/modified_id.csv': [200, list],
    '/Debian/D-3.json': [200, record('D-3').bytes],
  };

  expect(await read(answers, known)).toMatchObject({ ids: ['D-3'], faults: ['D-2.json'] });
});

it.each<[string, Record<string, Answer>, Known]>([
  ['nothing is known yet', { '/Debian/modified_id.csv': [200, list] }, {}],
  [
    'the last whole pass is a week ago',
    { '/Debian/modified_id.csv': [200, list] },
    { ...known, completeAt: day(13) },
  ],
  ['the mirror has no list', {}, known],
  ['the mirror offers no single records', { '/Debian/modified_id.csv': [200, list] }, known],
  [
    'too much changed',
    {
      '/Debian/modified_id.csv': [
        200,
        Array.from({ length: 2_500 }, (_, i) => `2026-01-19T00:00:00Z,D-${i}`).join('\n'),
      ],
    },
    known,
  ],
])('reads the whole archive when %s', async (_, answers, state) => {
  const zip: Answer = [200, makeZip([record('D-1')]), { etag: '"new"' }];

  expect(await read({ ...answers, '/Debian/all.zip': zip }, state)).toMatchObject({
    extent: 'all',
    ids: ['D-1'],
  });
});

it('does not download an archive again that did not change', async () => {
  const answers: Record<string, Answer> = { '/Debian/all.zip': [200, 'never sent', { etag: '"old"' }] };

  expect(await read(answers, { validator: 'etag:"old"' })).toMatchObject({ extent: 'nothing', ids: [] });
});

it('finds every kind of file in a folder, and single records as one part', async () => {
  const tree = join(folder, 'tree');
  const put = (name: string, bytes: Uint8Array | string) => {
    mkdirSync(join(tree, name, '..'), { recursive: true });
    writeFileSync(join(tree, name), bytes);
  };
  put('osv/Debian/all.zip', makeZip([record('D-1')]));
  put('osv/Debian/modified_id.csv', list);
  put('osv/Android/all.zip', makeZip([record('A-1')]));
  put('notes/readme.txt', 'hello');
  put('notes/other.json', '{"some": "thing"}');
  put('github/github-reviewed/2026/01/GHSA-1/GHSA-1.json', record('GHSA-1').bytes);
  put('github/github-reviewed/2026/02/GHSA-2/GHSA-2.json', record('GHSA-2').bytes);
  for (const { name, bytes } of samples) put(`more/${name}`, bytes);

  const parts = await openFeed(tree);
  const found: string[] = [];
  for (const part of parts) {
    await using reading = await part.open();
    let count = 0;
    for await (const item of reading.items) if (!('fault' in item)) count++;
    found.push(`${part.ecosystem}: ${reading.feed}, ${reading.extent}, ${count}`);
  }

  expect(found.toSorted()).toEqual(
    [
      'Debian: osv, all, 1',
      'github: osv, some, 2',
      'more: osv, some, 1',
      'more/epss_scores-current.csv: epss, all, 1',
      'more/ex-1.json: csaf, all, 1',
      'more/known_exploited_vulnerabilities.json: kev, all, 1',
      'more/some.jsonl: osv, some, 1',
      'more/some.zip: osv, some, 1',
      'more/web.cdx.json: cyclonedx, all, 1',
      'more/web.openvex.json: openvex, all, 1',
    ].toSorted(),
  );
});
