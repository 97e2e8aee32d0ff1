import { expect, it } from 'vitest';
import { Recent } from './recent.ts';

const recentTexts = (maxBytes: number) => new Recent<string>(maxBytes, (text) => text.length);

it('answers with the very value it was given', () => {
  const recent = new Recent<object>(2, () => 1);
  const value = {};

  recent.add('a', value);

  expect(recent.get('a')).toBe(value);
  expect(recent.get('b')).toBeUndefined();
});

it('lets go of what was not used longest when its memory is full', () => {
  const recent = recentTexts(3);
  for (const key of ['a', 'b', 'c']) recent.add(key, key);
  recent.get('a');

  recent.add('d', 'd');

  expect(['a', 'b', 'c', 'd'].filter((key) => recent.get(key))).toEqual(['a', 'c', 'd']);
});

it('counts what is added again once', () => {
  const recent = recentTexts(2);
  for (let times = 0; times < 5; times += 1) recent.add('a', 'a');

  recent.add('b', 'b');

  expect(['a', 'b'].filter((key) => recent.get(key))).toEqual(['a', 'b']);
});

it('does not give all of its memory to one huge value', () => {
  const recent = recentTexts(3);

  recent.add('huge', 'xx');

  expect(recent.get('huge')).toBeUndefined();
});
