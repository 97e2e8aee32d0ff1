import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { flagOf, idsOf, listOf, parseSearch, stringifySearch, textOf } from './url-search.ts';

const severities = ['critical', 'high', 'low'] as const;

it('writes an address that a person can read', () => {
  const search = stringifySearch({
    q: 'acme/web:1',
    severity: ['critical', 'high'],
    hidden: true,
    tab: undefined,
  });

  expect(search).toBe('?q=acme/web:1&severity=critical,high&hidden=yes');
});

it('writes nothing when nothing is chosen', () => {
  expect(stringifySearch({ q: '', severity: [], hidden: undefined })).toBe('');
});

it('reads back what it wrote', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 200 }),
      fc.subarray([...severities]),
      fc.boolean(),
      (q, chosen, hidden) => {
        const read = parseSearch(stringifySearch({ q, severity: chosen, hidden }));

        expect(textOf(read['q'])).toBe(q === '' ? undefined : q);
        expect(listOf(read['severity'], severities)).toEqual(chosen.length > 0 ? chosen : undefined);
        expect(flagOf(read['hidden'])).toBe(hidden ? true : undefined);
      },
    ),
  );
});

it('drops what it does not know', () => {
  expect(listOf('critical,banana,critical', severities)).toEqual(['critical']);
  expect(listOf('banana', severities)).toBeUndefined();
  expect(idsOf('../../x,6f1c2f6e-0000-4000-8000-000000000001')).toEqual([
    '6f1c2f6e-0000-4000-8000-000000000001',
  ]);
});
