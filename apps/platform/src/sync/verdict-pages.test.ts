import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PagePosition } from '../database/read-slice.ts';
import { readVerdicts, verdictKey, type VerdictRow, type VerdictSource } from './verdict-pages.ts';

const rows = fc.uniqueArray(
  fc.record({
    repository: fc.constantFrom('a', 'b/c', 'd', 'e', 'empty'),
    tag: fc.string({ minLength: 1, maxLength: 2 }),
    admitted: fc.boolean(),
    reason: fc.constant('because'),
  }),
  { selector: (row) => verdictKey(row).join(' '), maxLength: 40 },
);
const filters = fc.record({
  repository: fc.option(fc.constantFrom('a', 'd', 'none'), { nil: undefined, freq: 2 }),
  tag: fc.option(fc.string({ minLength: 1, maxLength: 1 }), { nil: undefined, freq: 2 }),
  admitted: fc.option(fc.boolean(), { nil: undefined }),
});

/** Gives two repositories at a time, as a database gives fifty. */
function sourceOf(all: readonly VerdictRow[]): VerdictSource {
  const names = [...new Set([...all.map(({ repository }) => repository), 'empty'])].toSorted();
  return {
    repositories(from, direction) {
      const ordered = direction === 'forward' ? names : names.toReversed();
      const isBeyond = (name: string) =>
        direction === 'forward' ? name > (from ?? '') : name < (from ?? '');
      return Promise.resolve(ordered.filter(isBeyond).slice(0, 2));
    },
    verdicts: (repository) => Promise.resolve(all.filter((row) => row.repository === repository)),
  };
}

it('comes by every wanted image once and in order, page by page, forward and back', async () => {
  await fc.assert(
    fc.asyncProperty(rows, filters, fc.integer({ min: 1, max: 5 }), async (all, filter, limit) => {
      const wanted = all
        .filter((row) => filter.repository === undefined || row.repository === filter.repository)
        .filter((row) => filter.tag === undefined || row.tag === filter.tag)
        .filter((row) => filter.admitted === undefined || row.admitted === filter.admitted)
        .toSorted((a, b) => compare(a.repository, b.repository) || compare(a.tag, b.tag));
      const read = (position: PagePosition) => readVerdicts(sourceOf(all), filter, position, limit);

      const forward = [];
      let page = await read({ direction: 'forward' });
      expect(page.hasPrevious).toBe(false);
      for (;;) {
        forward.push(...page.rows);
        const last = page.rows.at(-1);
        if (!page.hasNext || !last) break;
        page = await read({ direction: 'forward', after: verdictKey(last) });
      }
      expect(forward).toEqual(wanted);

      const back = [...page.rows];
      while (page.hasPrevious && page.rows[0]) {
        page = await read({ direction: 'backward', before: verdictKey(page.rows[0]) });
        back.unshift(...page.rows);
      }
      expect(back).toEqual(wanted);
    }),
  );
});

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
