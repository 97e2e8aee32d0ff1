import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { RegistryError } from '../registry-error.ts';
import { listPages, type Listing, type UpstreamPage } from './list-pages.ts';
import { PageShelf } from './page-shelf.ts';

type Entry = { readonly name: string };
type ReadPage = (query: string) => Promise<UpstreamPage<Entry>>;

/** Lists to the end, every page from the cursor before. */
async function listAll(readPage: ReadPage, limit: number) {
  const pages: Listing<Entry>[] = [];
  let cursor: string | undefined;
  do {
    const page: Listing<Entry> = await listPages(readPage, 'page=0', { limit, ...(cursor && { cursor }) });
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return {
    names: pages.flatMap(({ entries }) => entries.map(({ name }) => name)),
    largest: Math.max(...pages.map(({ entries }) => entries.length)),
    complete: pages.every(({ complete }) => complete),
    warnings: pages.flatMap(({ warnings }) => warnings),
  };
}

/** A registry that gives these pages one after the other. */
function registryOf(pages: readonly (readonly string[])[]): ReadPage {
  return async (query) => {
    const number = Number(query.slice('page='.length));
    const entries = (pages[number] ?? []).map((name) => ({ name }));
    return { entries, ...(number + 1 < pages.length && { next: `page=${number + 1}` }) };
  };
}

it('hands out every name once, never more than asked for, however the registry pages', async () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 60 });
  const cuts = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(names, cuts, fc.integer({ min: 1, max: 20 }), async (names, cuts, limit) => {
      const rest = [...names];
      const pages = [...cuts.map((size) => rest.splice(0, size)), rest];

      const listed = await listAll(registryOf(pages), limit);

      expect(listed.names.toSorted()).toEqual(names.toSorted());
      expect(listed.largest).toBeLessThanOrEqual(limit);
      expect(listed.complete).toBe(true);
    }),
  );
});

it('goes through an answer that cannot be paged although its order changes each time', async () => {
  const shuffled = ['v1', 'v5', 'v7', 'v4', 'v6', 'v2', 'v3'];
  const readPage: ReadPage = async () => {
    shuffled.reverse();
    return { entries: shuffled.map((name) => ({ name })) };
  };

  expect((await listAll(readPage, 2)).names).toEqual(['v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7']);
});

it('ends a listing that leads in a circle, and says that it is not complete', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(20), fc.integer({ min: 1, max: 20 }), async (tail, circle) => {
      const readPage: ReadPage = async (query) => {
        const number = Number(query.slice('page='.length));
        const next = number + 1 < tail + circle ? number + 1 : tail;
        return { entries: [{ name: `n${number}` }], next: `page=${next}` };
      };

      const listed = await listAll(readPage, 1_000);

      expect(listed.complete).toBe(false);
      expect(listed.warnings).toEqual([expect.stringContaining('circle')]);
      expect(new Set(listed.names).size).toBe(tail + circle);
    }),
  );
});

it('says that a listing is not complete when the registry refuses to go on', async () => {
  const readPage: ReadPage = async (query) => {
    if (query !== 'page=0') throw new RegistryError('not-found', 'answered 404.');
    return { entries: [{ name: 'a' }], next: 'page=1' };
  };

  const listed = await listAll(readPage, 10);

  expect(listed).toMatchObject({ names: ['a'], complete: false });
});

it('comes back with a cursor when a registry answers empty pages for ever', async () => {
  const readPage: ReadPage = async (query) => ({ entries: [], next: `${query}0` });

  const page = await listPages(readPage, 'page=1', { limit: 10 });

  expect(page).toMatchObject({ entries: [], complete: true, nextCursor: expect.any(String) });
  expect(await listAll(readPage, 10)).toMatchObject({ names: [], complete: false });
});

it('lets a failure of the first page through', async () => {
  const readPage: ReadPage = async () => {
    throw new RegistryError('not-found', 'answered 404.');
  };

  await expect(listAll(readPage, 10)).rejects.toMatchObject({ code: 'not-found' });
});

const day = (number: number) => new Date(Date.UTC(2024, 0, number));

/** Pages of tags, one for each list of days that they were pushed on. */
function pushedOn(days: readonly (readonly number[])[], isNewestFirst: boolean) {
  const asked: string[] = [];
  const readPage = async (query: string) => {
    asked.push(query);
    const number = Number(query.slice('page='.length));
    const entries = (days[number] ?? []).map((pushed, index) => ({
      name: `${number}-${index}`,
      pushedAt: day(pushed).toISOString(),
    }));
    return { entries, isNewestFirst, ...(number + 1 < days.length && { next: `page=${number + 1}` }) };
  };
  return { asked, readPage };
}

it.each([
  [
    'ends where a registry that sorts by time gets too old',
    [
      [9, 8],
      [7, 3],
      [2, 1],
    ],
    true,
    2,
  ],
  [
    'reads on where the registry does not sort',
    [
      [9, 8],
      [7, 3],
      [2, 1],
    ],
    false,
    3,
  ],
  ['reads on where a registry only says that it sorts', [[9, 8], [3, 7, 2], [8]], true, 3],
])('%s', async (_, days, isNewestFirst, pages) => {
  const { asked, readPage } = pushedOn(days, isNewestFirst);
  const page = await listPages(readPage, 'page=0', { limit: 100, pushedSince: day(5) });

  const recent = days.flat().filter((pushed) => pushed >= 5);
  expect(page.entries.map(({ pushedAt }) => pushedAt)).toEqual(recent.map((n) => day(n).toISOString()));
  expect(page).toMatchObject({ complete: true, warnings: [] });
  expect(page.nextCursor).toBeUndefined();
  expect(asked).toHaveLength(pages);
});

it('asks a registry that cannot page once for all parts of its answer', async () => {
  let asked = 0;
  const names = Array.from({ length: 1_000 }, (_, index) => ({ name: `n${index}` }));
  const readPage = async () => {
    asked++;
    return { entries: names };
  };
  const shelf = new PageShelf().of('names');
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listPages(readPage, 'n=7', { limit: 7, shelf, ...(cursor && { cursor }) });
    seen.push(...page.entries.map(({ name }) => name));
    cursor = page.nextCursor;
  } while (cursor !== undefined);

  expect(asked).toBe(1);
  expect(seen.toSorted()).toEqual(names.map(({ name }) => name).toSorted());
});

it('takes cursors of its own only', async () => {
  const any = fc.oneof(
    fc.string(),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
  );
  await fc.assert(
    fc.asyncProperty(any, async (cursor) => {
      const listing = listPages(registryOf([['a']]), 'page=0', { limit: 1, cursor });
      await expect(listing).rejects.toMatchObject({ code: 'unsupported' });
    }),
  );
});

it('comes back with what it has when a registry takes long for each page', async () => {
  const readPage = registryOf([['a'], ['b'], ['c'], ['d']]);
  let seconds = 0;
  const now = () => 1_000 * (seconds += 8);

  const page = await listPages(readPage, 'page=0', { limit: 10 }, now);

  expect(page.entries.length).toBeGreaterThan(0);
  expect(page.entries.length).toBeLessThan(4);
  expect(page).toMatchObject({ complete: true, nextCursor: expect.any(String) });
});
