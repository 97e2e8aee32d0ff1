import { expect, it } from 'vitest';
import { chainPages } from './chain-pages.ts';
import { listPages } from './list-pages.ts';

const pages: Readonly<Record<string, readonly string[]>> = { b: ['b1', 'b2', 'b3'], a: [], c: ['c1'] };

const readPage = async (source: string, query: string) => {
  const number = Number(query);
  const name = pages[source]?.[number];
  const isLast = number + 1 >= (pages[source]?.length ?? 0);
  return { entries: name ? [{ name }] : [], ...(!isLast && { next: String(number + 1) }) };
};

async function listAll(sourcesOf: (page: number) => readonly string[]): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page === 0 || cursor !== undefined; page++) {
    const chain = chainPages(sourcesOf(page), '0', readPage);
    const listing = await listPages(chain.readPage, chain.firstQuery, {
      limit: 1,
      ...(cursor && { cursor }),
    });
    names.push(...listing.entries.map(({ name }) => name));
    cursor = listing.nextCursor;
  }
  return names;
}

it('lists every source to its end, in order', async () => {
  expect(await listAll(() => ['c', 'a', 'b', 'a'])).toEqual(['b1', 'b2', 'b3', 'c1']);
});

it('lists nothing of no source', async () => {
  expect(await listAll(() => [])).toEqual([]);
});

it('goes on after a source that went away in the middle', async () => {
  expect(await listAll((page) => (page < 2 ? ['b', 'c'] : ['c']))).toEqual(['b1', 'b2', 'c1']);
});
