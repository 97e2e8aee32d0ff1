import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeZip } from '@plimsoll/testkit';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { FeedPart } from '../feed.ts';
import { samples } from '../feeds/testing-samples.ts';
import { itemsOf, openFeed } from '../open-feed.ts';
import { serve } from '../testing-server.ts';
import { manifestOf } from './open-bundle.ts';
import { writeBundle } from './write-bundle.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-bundle-test-'));
});
const made: string[] = [];
afterAll(() => made.forEach((path) => rmSync(path, { recursive: true, force: true })));

const now = () => new Date('2026-01-05T00:00:00Z');
const osv = (id: string) => Buffer.from(JSON.stringify({ id, modified: '2026-01-01T00:00:00Z' }));

/** A folder of dumps, single records and all other kinds, and a mirror that has one more file. */
async function bundle(): Promise<string> {
  made.push(folder);
  const source = join(folder, 'source');
  for (const path of ['osv/Debian', 'records', 'more']) mkdirSync(join(source, path), { recursive: true });
  writeFileSync(join(source, 'osv/Debian/all.zip'), makeZip([{ name: 'D-1.json', bytes: osv('D-1') }]));
  writeFileSync(join(source, 'records/R-1.json'), osv('R-1'));
  writeFileSync(join(source, 'records/R-2.json'), osv('R-2'));
  for (const { feed, name, bytes } of samples) {
    if (feed !== 'osv' && feed !== 'github') writeFileSync(join(source, 'more', name), bytes);
  }
  await using mirror = await serve({ '/extra.jsonl': [200, osv('E-1')] });
  const path = join(folder, 'bundle.zip');
  await writeBundle(path, [source, `${mirror.address}/extra.jsonl`], { now });
  return path;
}

async function idsOf(parts: readonly FeedPart[]): Promise<string[]> {
  const ids: string[] = [];
  for (const part of parts) {
    for await (const item of itemsOf(part)) {
      if ('advisory' in item) ids.push(item.advisory.id);
      else if (!('fault' in item)) ids.push(Object.keys(item)[0] ?? '');
    }
  }
  return ids.sort();
}

it('carries all that its sources held, and tells its age', async () => {
  const path = await bundle();

  const manifest = await manifestOf(path);
  const parts = await openFeed(path);

  expect(manifest).toMatchObject({ createdAt: '2026-01-05T00:00:00.000Z' });
  expect(manifest?.files.map((file) => file.path)).toContain('osv/Debian/all.zip');
  expect(parts.find(({ isDump }) => isDump)?.ecosystem).toBe('Debian');
  expect(await idsOf(parts)).toEqual(['D-1', 'E-1', 'R-1', 'R-2', 'epss', 'exploited', 'vex', 'vex', 'vex']);
  expect(readdirSync(folder).toSorted()).toEqual(['bundle.zip', 'source']);
});

it('is not read again when a file in it is what it was', async () => {
  const [part] = await openFeed(await bundle());
  await using reading = await part!.open();

  await using again = await part!.open({ validator: reading.validator });

  expect(again.extent).toBe('nothing');
});

it('refuses a file that is not what its checksum says, before reading any of it', async () => {
  const path = await bundle();
  const bytes = readFileSync(path);
  // The dump is stored unpacked inside; its own contents change without breaking either zip.
  const at = bytes.indexOf('D-1.json');
  bytes.write('X', at);
  writeFileSync(path, bytes);

  const debian = (await openFeed(path)).find(({ isDump }) => isDump);

  await expect(debian!.open()).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/osv\/Debian\/all\.zip in .*|not a readable zip/),
  });
});

it('refuses a bundle that was cut off', async () => {
  const path = await bundle();
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, bytes.length - 200));

  const outcome = openFeed(path).then(idsOf);

  await expect(outcome).rejects.toMatchObject({ code: 'invalid' });
});

it('writes nothing when a source cannot be read', async () => {
  made.push(folder);
  const path = join(folder, 'bundle.zip');

  await expect(writeBundle(path, [join(folder, 'nowhere')], { now })).rejects.toMatchObject({
    code: 'not-found',
  });

  expect(readdirSync(folder)).toEqual([]);
});
