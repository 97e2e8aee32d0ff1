import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { includesPath, PathHashes } from './path-hashes.ts';
import { PathTree } from './path-tree.ts';

const path = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join('/'));
const step = fc.tuple(fc.constantFrom('set', 'remove', 'removeBelow'), path);

it('holds what a plain map of paths holds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const tree = new PathTree<number>();
      const map = new Map<string, number>();
      for (const [index, [kind, at]] of steps.entries()) {
        if (kind === 'set') {
          tree.set(at, index);
          map.set(at, index);
        } else {
          if (kind === 'remove') tree.remove(at);
          else tree.removeBelow(at);
          for (const known of map.keys()) {
            if (known.startsWith(`${at}/`) || (kind === 'remove' && known === at)) map.delete(known);
          }
        }
      }

      expect(new Map(tree.entries())).toEqual(map);
      for (const [known, value] of map) expect(tree.get(known)).toBe(value);
    }),
  );
});

it('removes by hash what it would remove by path', () => {
  fc.assert(
    fc.property(fc.uniqueArray(path), fc.array(path), (added, removed) => {
      const [byHash, byPath] = [new PathTree<number>(), new PathTree<number>()];
      const hashes = new PathHashes();
      for (const at of added) for (const tree of [byHash, byPath]) tree.set(at, 1);
      for (const at of removed) {
        hashes.add(at);
        byPath.remove(at);
      }

      byHash.removeHashed(hashes.sorted());

      expect(byHash.entries()).toEqual(byPath.entries());
    }),
  );
});

it('removes everything at its root', () => {
  const tree = new PathTree<number>();
  tree.set('a/b', 1);
  tree.removeBelow('');

  expect(tree.entries()).toEqual([]);
});

it('bears paths of two thousand folders', () => {
  const tree = new PathTree<number>();
  const deep = 'a/'.repeat(2_000) + 'b';

  expect(tree.set(deep, 1)).toBe(2_001);
  expect(tree.entries()).toEqual([[deep, 1]]);
});

it('knows by hash the paths that were added, and no others', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ maxLength: 30 }), { minLength: 2 }), ([other, ...added]) => {
      const hashes = new PathHashes();
      for (const name of added) hashes.add(name);
      const sorted = hashes.sorted();

      for (const name of added) expect(includesPath(sorted, name)).toBe(true);
      expect(includesPath(sorted, other!)).toBe(false);
    }),
  );
});

it('gives 300,000 similar paths different hashes', () => {
  const hashes = new PathHashes();
  for (let index = 0; index < 300_000; index += 1) hashes.add(`usr/lib/node_modules/p${index}/index.js`);

  expect(new Set(hashes.sorted()).size).toBe(300_000);
});
