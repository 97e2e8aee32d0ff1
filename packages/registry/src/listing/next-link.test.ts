import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextPageQuery, queryOfAddress } from './next-link.ts';

it.each([
  ['</v2/_catalog?last=bravo&n=2>; rel="next"', 'last=bravo&n=2'],
  ['<https://other.test/elsewhere?last=x>; rel=next', 'last=x'],
  ['<?last=v2>; REL=NEXT', 'last=v2'],
  ['</v2/a/tags/list?last=delta/echo&n=2>;rel="next"', 'last=delta/echo&n=2'],
  ['</r?page=1>; rel="prev" , </r?page=3&page_size=1>; rel="next"', 'page=3&page_size=1'],
  ['</r?page=3>; title="a"; rel="last next"', 'page=3'],
  ['</r?page=1>; rel="prev"', undefined],
  ['</r>; rel="next"', undefined],
  ['', undefined],
  [undefined, undefined],
])('finds the next page in %j', (header, expected) => {
  expect(nextPageQuery(header)).toBe(expected);
});

it('takes any header without throwing', () => {
  const piece = fc.constantFrom('<', '>', ';', 'rel', '=', '"', 'next', '?', '#', ' ');
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 200 }), (pieces) => {
      expect(['string', 'undefined']).toContain(typeof nextPageQuery(pieces.join('')));
    }),
  );
});

it.each([
  ['https://hub.docker.com/v2/namespaces/acme/repositories?page=2&page_size=1', 'page=2&page_size=1'],
  ['/v2/registries/acme/repositoriesV2?page=2#top', 'page=2'],
  ['https://h.test/', undefined],
  ['http://[', undefined],
  ['', undefined],
  [null, undefined],
])('takes the query of %j', (address, expected) => {
  expect(queryOfAddress(address)).toBe(expected);
});
