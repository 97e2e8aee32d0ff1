import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeZip, type ArchiveFile } from '@plimsoll/testkit';
import { assert, asyncProperty, integer } from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AdvisoriesError } from '../advisories-error.ts';
import type { FeedPart } from '../feed.ts';
import { itemsOf, openFeed } from '../open-feed.ts';
import { serve } from '../testing-server.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-osv-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const record = (id: string): ArchiveFile => ({
  name: `${id}.json`,
  bytes: Buffer.from(JSON.stringify({ id, modified: '2026-01-01T00:00:00Z' })),
});

function write(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

async function readAll(parts: readonly FeedPart[]): Promise<{ ids: string[]; faults: string[] }> {
  const ids: string[] = [];
  const faults: string[] = [];
  for (const part of parts) {
    for await (const item of itemsOf(part)) {
      if ('fault' in item) faults.push(`${item.fault.name}: ${item.fault.reason}`);
      else if ('advisory' in item) ids.push(item.advisory.id);
    }
  }
  return { ids, faults };
}

it('lists the ecosystems of a folder that images can contain, or those that are named', async () => {
  for (const ecosystem of ['Debian', 'npm', 'Android', 'crates.io']) {
    write(`tree/${ecosystem}/all.zip`, makeZip([record(`${ecosystem}-1`)]));
  }
  const tree = join(folder, 'tree');

  expect((await openFeed(tree)).map(({ ecosystem }) => ecosystem)).toEqual(['Debian', 'crates.io', 'npm']);
  expect((await readAll(await openFeed(tree, { ecosystems: ['Android'] }))).ids).toEqual(['Android-1']);
});

it.each([false, true])('reads an archive (zip64: %s) and knows that it is all there is', async (zip64) => {
  const path = write(`one-${zip64}/Debian/all.zip`, makeZip([record('A-1'), record('A-2')], { zip64 }));

  const parts = await openFeed(path);

  expect(parts).toMatchObject([{ ecosystem: 'Debian', isDump: true }]);
  expect(await readAll(parts)).toEqual({ ids: ['A-1', 'A-2'], faults: [] });
});

it('names the records it cannot read and goes on with the others', async () => {
  const path = write(
    'npm.zip',
    makeZip([
      { name: '../escape.json', bytes: Buffer.from('{}') },
      { name: '/etc/passwd.json', bytes: Buffer.from('{}') },
      { name: 'folder/x.json', bytes: Buffer.from('{}') },
      { name: 'readme.txt', bytes: Buffer.from('hello') },
      { name: 'broken.json', bytes: Buffer.from('{') },
      { name: 'large.json', bytes: Buffer.alloc(33 * 1024 * 1024, ' ') },
      record('A-1'),
    ]),
  );

  const parts = await openFeed(path);
  const { ids, faults } = await readAll(parts);

  expect(parts).toMatchObject([{ ecosystem: 'npm', isDump: false }]);
  expect(ids).toEqual(['A-1']);
  expect(faults).toEqual([
    '../escape.json: its name is a path',
    '/etc/passwd.json: its name is a path',
    'folder/x.json: its name is a path',
    'readme.txt: it is no .json file',
    expect.stringMatching(/^broken\.json: .*JSON/),
    'large.json: it is larger than 33554432 bytes',
  ]);
});

it('does not inflate more than an entry announces', async () => {
  const zip = makeZip([{ name: 'bomb.json', bytes: Buffer.alloc(8 * 1024 * 1024, ' ') }, record('A-1')]);
  // The size in the directory (46 bytes header, uncompressed size at 24) becomes small.
  zip.writeUInt32LE(100, zip.indexOf('PK\x01\x02', 0, 'latin1') + 24);

  const { ids, faults } = await readAll(await openFeed(write('bomb.zip', zip)));

  expect(ids).toEqual(['A-1']);
  expect(faults).toEqual([expect.stringMatching(/^bomb\.json: its data is damaged/)]);
});

it('reads one record per line', async () => {
  const lines = [record('A-1').bytes, '', '  ', 'no json', record('A-2').bytes].map(String);
  const path = write('Alpine.jsonl', lines.join('\n'));

  const { ids, faults } = await readAll(await openFeed(path));

  expect(ids).toEqual(['A-1', 'A-2']);
  expect(faults).toEqual([expect.stringMatching(/^line 4: /)]);
});

it('survives any damage to an archive', async () => {
  const zip = makeZip([record('A-1'), record('A-2')]);
  await assert(
    asyncProperty(
      integer({ min: 0, max: zip.length - 1 }),
      integer({ min: 0, max: 255 }),
      async (at, byte) => {
        const damaged = Buffer.from(zip);
        damaged[at] = byte;
        const outcome = await readAll(await openFeed(write('damaged.zip', damaged))).catch(
          (error: unknown) => error,
        );
        const refusal = outcome instanceof Error ? outcome : new AdvisoriesError('invalid', 'read');

        expect(refusal).toBeInstanceOf(AdvisoriesError);
      },
    ),
    { numRuns: 300 },
  );
});

it('says that there is nothing, or no archive', async () => {
  await expect(openFeed(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'not-found' });
  mkdirSync(join(folder, 'empty'));
  await expect(openFeed(join(folder, 'empty'))).rejects.toMatchObject({ code: 'not-found' });
  const secret = openFeed('https://me:hunter2@mirror.example/osv');
  await expect(secret).rejects.toThrow(/must not hold a user name/);
  await expect(secret).rejects.not.toThrow(/hunter2/);
  const text = write('text.zip', 'this is no zip');
  await expect(readAll(await openFeed(text))).rejects.toMatchObject({ code: 'invalid' });
});

it('downloads what a mirror lists, follows redirects and cleans up', async () => {
  const temporaryFolder = join(folder, 'temporary');
  mkdirSync(temporaryFolder);
  const zip = makeZip([record('A-1')]);
  await using mirror = await serve({
    '/osv/ecosystems.txt': [200, 'Android\nDebian\ncrates.io\n'],
    '/osv/Debian/all.zip': [302, '', { location: '/moved.zip' }],
    '/moved.zip': [200, zip],
    '/osv/crates.io/all.zip': [200, zip.subarray(0, 50), { 'content-length': String(zip.length) }],
  });

  const [crates, debian, ...others] = (
    await openFeed(`${mirror.address}/osv/`, { temporaryFolder })
  ).toSorted((a, b) => (a.ecosystem > b.ecosystem ? -1 : 1));

  expect(others).toEqual([]);
  expect(await readAll([debian!])).toEqual({ ids: ['A-1'], faults: [] });
  await expect(readAll([crates!])).rejects.toMatchObject({ code: 'unavailable' });
  expect(readdirSync(temporaryFolder)).toEqual([]);
});

it('takes the ecosystems that are named when the mirror lists none', async () => {
  await using mirror = await serve({ '/Debian/all.zip': [200, makeZip([record('A-1')])] });

  const parts = await openFeed(mirror.address, { ecosystems: ['Debian', 'npm'] });

  expect(await readAll(parts.slice(0, 1))).toEqual({ ids: ['A-1'], faults: [] });
  await expect(readAll(parts.slice(1))).rejects.toMatchObject({ code: 'not-found' });
});
