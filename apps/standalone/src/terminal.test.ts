import { expect, it } from 'vitest';
import { table, visible } from './terminal.ts';

it('aligns text to the left and numbers to the right', () => {
  expect(
    table(
      ['IMAGE', 'PACKAGES'],
      [
        ['web:1', 7],
        ['a', 1234],
      ],
      [1],
    ),
  ).toBe(['IMAGE  PACKAGES', 'web:1         7', 'a          1234'].join('\n'));
});

it('shows no control character of a hostile name', () => {
  expect(visible('a\u001B[2Jb\nc')).toBe('a?[2Jb?c');
});
