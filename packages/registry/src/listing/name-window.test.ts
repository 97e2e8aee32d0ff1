import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { NameWindow } from './name-window.ts';

const names = fc.array(fc.stringMatching(/^[a-z]{1,2}$/), { maxLength: 80 });

/** What a window of some size keeps of names. */
function keptOf(all: readonly string[], size: number, after?: string) {
  const window = new NameWindow<{ name: string }>(after, size);
  for (const name of all) window.add({ name });
  const { entries, isCut = false } = window.page();
  return { names: entries.map(({ name }) => name), isCut };
}

it('keeps the order of what fits', () => {
  expect(keptOf(['v1', 'v5', 'v2'], 3)).toEqual({ names: ['v1', 'v5', 'v2'], isCut: false });
});

it('leads through any answer, in any order, to every name once, with no more than its size at a time', () => {
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 12 }), (all, size) => {
      const seen: string[] = [];
      let isCut = true;
      while (isCut) {
        const part = keptOf(all.toReversed(), size, seen.at(-1));
        expect(part.names.length).toBeLessThanOrEqual(size);
        seen.push(...part.names);
        isCut = part.isCut;
      }

      expect([...new Set(seen)].toSorted()).toEqual([...new Set(all)].toSorted());
    }),
  );
});
