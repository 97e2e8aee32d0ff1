import { expect, it } from 'vitest';
import { sizeInWords } from './size.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [12_345_678, '12.3 MB'],
  [999_960, '1.0 MB'],
  [123_456_789, '123 MB'],
  [2_147_483_648, '2.1 GB'],
])('writes %d bytes as %s', (bytes, words) => {
  expect(sizeInWords(bytes)).toBe(words);
});
