import { expect, it } from 'vitest';
import { parseSearch, stringifySearch } from '../../url-search.ts';
import { isFiltered, parseImagesSearch, toggled } from './images-search.ts';

const id = '6f1c2f6e-0000-4000-8000-000000000001';
const other = '6f1c2f6e-0000-4000-8000-000000000002';

it('keeps the state of the list through an address', () => {
  const state = parseImagesSearch({
    q: 'web',
    severity: 'high,critical',
    status: 'failed',
    registry: id,
    open: other,
  });

  expect(state).toEqual({
    q: 'web',
    severity: ['critical', 'high'],
    status: ['failed'],
    registry: [id],
    open: [other],
  });
  expect(parseImagesSearch(parseSearch(stringifySearch(state)))).toEqual(state);
});

it('takes open repositories for no filter', () => {
  expect(isFiltered({ open: [id] })).toBe(false);
  expect(isFiltered({ severity: ['low'] })).toBe(true);
});

it('opens and closes a repository', () => {
  expect(toggled(undefined, id)).toEqual([id]);
  expect(toggled([id, other], id)).toEqual([other]);
  expect(toggled([id], id)).toBeUndefined();
});
