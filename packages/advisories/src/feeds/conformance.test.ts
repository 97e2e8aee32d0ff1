import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { assert, asyncProperty, integer } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdvisoriesError } from '../advisories-error.ts';
import type { FeedItem, FeedPart } from '../feed.ts';
import { itemsOf, openFeed } from '../open-feed.ts';
import { serve } from '../testing-server.ts';
import { feeds } from './index.ts';
import { samples } from './testing-samples.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-feeds-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function partOf(location: string, temporaryFolder?: string): Promise<FeedPart> {
  const [part] = await openFeed(location, { temporaryFolder });
  return part as FeedPart;
}

async function collect(part: FeedPart): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  for await (const item of itemsOf(part)) items.push(item);
  return items;
}

const faultsOf = (items: readonly FeedItem[]) =>
  items.flatMap((item) => ('fault' in item ? [item.fault] : []));
const readable = (items: readonly FeedItem[]) => items.filter((item) => !('fault' in item));

it('has a sample of every feed', () => {
  expect(new Set(samples.map(({ feed }) => feed))).toEqual(new Set(feeds.map(({ id }) => id)));
});

describe.each(samples)('$feed in $name', ({ feed, name, bytes, expected }) => {
  it('is recognized, reads what it can and names what it cannot', async () => {
    const path = join(folder, name);
    writeFileSync(path, bytes);

    const part = await partOf(path);
    await using reading = await part.open();
    const items = await collect(part);

    expect(reading.feed).toBe(feed);
    expect(readable(items)).toMatchObject([expected]);
    expect(faultsOf(items)).toMatchObject([{ name: expect.any(String), reason: expect.any(String) }]);
  });

  it('reads the same through gzip', async () => {
    if (name.endsWith('.zip')) return;
    const path = join(folder, `${name}.gz`);
    writeFileSync(path, gzipSync(bytes));

    expect(readable(await collect(await partOf(path)))).toMatchObject([expected]);
  });

  it('reads the same from an address, once as long as that does not change', async () => {
    const temporaryFolder = join(folder, `temporary-${name}`);
    mkdirSync(temporaryFolder);
    await using mirror = await serve({ [`/${name}`]: [200, bytes, { etag: '"one"' }] });
    const part = await partOf(`${mirror.address}/${name}`, temporaryFolder);

    const items = await collect(part);
    const { validator } = await opened(part);
    await using again = await part.open({ validator });

    expect(readable(items)).toMatchObject([expected]);
    expect(again.extent).toBe('nothing');
    expect(readdirSync(temporaryFolder)).toEqual([]);
  });

  it('survives any damage', async () => {
    const path = join(folder, `damaged-${name}`);
    await assert(
      asyncProperty(
        integer({ min: 0, max: bytes.length - 1 }),
        integer({ min: 0, max: 255 }),
        async (at, byte) => {
          const damaged = Buffer.from(bytes);
          damaged[at] = byte;
          writeFileSync(path, damaged);
          const outcome = await partOf(path)
            .then(collect)
            .catch((error: unknown) => error);
          const isUnknown = outcome instanceof Error && !(outcome instanceof AdvisoriesError);

          expect(isUnknown).toBe(false);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('ends when it is told to', async () => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    const part = await partOf(path);
    const signal = AbortSignal.abort(new Error('stop'));

    await expect(
      (async () => {
        await using reading = await part.open(undefined, signal);
        for await (const _ of reading.items) throw new Error('it went on');
      })(),
    ).rejects.not.toThrow('it went on');
  });
});

async function opened(part: FeedPart): Promise<{ validator: string | undefined }> {
  await using reading = await part.open();
  return { validator: reading.validator };
}
