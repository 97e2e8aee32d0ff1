import { array, assert, integer, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { slice } from '../database/read-slice.ts';
import { ApiProblem } from './api-problem.ts';
import { pageLinks, readPosition } from './cursor.ts';

const list = ['things', { colour: 'red' }];

/** Reads a page of sorted numbers as a database would. */
function readPage(all: readonly number[], url: string, limit: number) {
  const query = Object.fromEntries(new URLSearchParams(url.split('?')[1]));
  const position = readPosition(query, list);
  const rows =
    position.direction === 'backward'
      ? all.filter((n) => n < Number(position.before[0])).toReversed()
      : all.filter((n) => position.after === undefined || n > Number(position.after[0]));
  const page = slice(rows.slice(0, limit + 1), position, limit);
  return { rows: page.rows, links: pageLinks(url, list, page, (n) => [n]) };
}

it('walks forward over everything once, and backward over the same', () => {
  assert(
    property(array(integer(), { maxLength: 30 }), integer({ min: 1, max: 7 }), (numbers, limit) => {
      const all = [...new Set(numbers)].toSorted((a, b) => a - b);
      const pages: number[][] = [];
      let url: string | undefined = '/things?limit=3';
      let lastUrl = url;
      while (url !== undefined) {
        const { rows, links } = readPage(all, url, limit);
        pages.push(rows);
        lastUrl = url;
        url = links.next;
      }
      const back: number[][] = [];
      for (url = lastUrl; url !== undefined;) {
        const { rows, links } = readPage(all, url, limit);
        back.unshift(rows);
        url = links.prev;
      }

      expect(pages.flat()).toEqual(all);
      expect(back.flat()).toEqual(all);
    }),
  );
});

it('keeps the other parameters in its links', () => {
  const { links } = readPage([1, 2, 3], '/things?version=2025-11-05&names=a%2Cb', 2);

  expect(links.next).toMatch(/^\/things\?version=2025-11-05&names=a%2Cb&starting_after=v1\.[\w-]+$/);
  expect(links.prev).toBeUndefined();
});

it('refuses a cursor of another list, and both cursors at once', () => {
  const { links } = readPage([1, 2, 3], '/things', 2);
  const after = new URLSearchParams(links.next?.split('?')[1]).get('starting_after') ?? '';

  expect(() => readPosition({ starting_after: after }, ['things', { colour: 'blue' }])).toThrow(
    expect.objectContaining({ code: 'invalid', source: { parameter: 'starting_after' } }),
  );
  expect(() => readPosition({ starting_after: after, ending_before: after }, list)).toThrow(ApiProblem);
});

it('refuses whatever is no cursor', () => {
  assert(
    property(string(), (text) => {
      expect(() => readPosition({ starting_after: text }, list)).toThrow(ApiProblem);
      const forged = `v1.${Buffer.from(text).toString('base64url')}`;
      expect(() => readPosition({ ending_before: forged }, list)).toThrow(ApiProblem);
    }),
  );
});
