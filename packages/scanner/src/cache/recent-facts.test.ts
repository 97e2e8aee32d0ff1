import { expect, it } from 'vitest';
import type { LayerFacts } from '../layers/layer-facts.ts';
import { heldBytes, RecentFacts } from './recent-facts.ts';

function factsOf(path: string): LayerFacts {
  return {
    files: [[path, { owns: [{ package: 'libc6', paths: ['lib/libc.so.6'] }] }]],
    whiteouts: [],
    opaqueFolders: [],
    nonFolders: new Float64Array(10),
    missedTargets: [],
    warnings: [],
  };
}

const size = heldBytes(factsOf('a'));

it('answers with the very facts it was given', () => {
  const recent = new RecentFacts();
  const facts = factsOf('a');

  recent.add('a', facts);

  expect(recent.get('a')).toBe(facts);
  expect(recent.get('b')).toBeUndefined();
});

it('lets go of what was not used longest when its memory is full', () => {
  const recent = new RecentFacts(size * 3);
  for (const key of ['a', 'b', 'c']) recent.add(key, factsOf(key));
  recent.get('a');

  recent.add('d', factsOf('d'));

  expect(['a', 'b', 'c', 'd'].filter((key) => recent.get(key))).toEqual(['a', 'c', 'd']);
});

it('counts what is added again once', () => {
  const recent = new RecentFacts(size * 2);
  for (let times = 0; times < 5; times += 1) recent.add('a', factsOf('a'));

  recent.add('b', factsOf('b'));

  expect(['a', 'b'].filter((key) => recent.get(key))).toEqual(['a', 'b']);
});

it('does not give all of its memory to one huge layer', () => {
  const recent = new RecentFacts(size * 1.5);

  recent.add('huge', factsOf('huge'));

  expect(recent.get('huge')).toBeUndefined();
});
