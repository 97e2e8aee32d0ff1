import { expect, it } from 'vitest';
import { parseSignInSearch } from './sign-in-search.ts';

it('comes back to the page that was asked for', () => {
  expect(parseSignInSearch({ to: '/images?severity=critical' })).toEqual({ to: '/images?severity=critical' });
});

it.each([
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  'javascript:alert(1)',
])('never goes to %s', (to) => {
  expect(parseSignInSearch({ to })).toEqual({});
});

it('does not lead from signing in to signing in', () => {
  expect(parseSignInSearch({ to: '/sign-in?to=/x' })).toEqual({});
});
