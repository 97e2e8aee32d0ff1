import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { compilePattern, patternFaults, PatternError } from './pattern.ts';

it.each(['(?=a)', '[', '(a{100}){100}', '(x|y|z){0,1000}'])('refuses the pattern %s', (pattern) => {
  expect(() => compilePattern(pattern)).toThrow(PatternError);
});

it('answers at once where a back-tracking engine would not', () => {
  expect(compilePattern('^(a+)+$').test(`${'a'.repeat(10_000)}!`)).toBe(false);
});

it('points at each pattern that cannot be used', () => {
  const regex = (policy: object) => ({ type: 'Regex', policy });
  const tree = {
    type: 'Or',
    sub_policies: [
      regex({ repo: '[', tag: '(' }),
      { type: 'And', sub_policies: [regex({ tag: 'ok' }), regex({ tag: '(?!x)' })] },
    ],
  };

  expect(patternFaults(tree).map(({ path }) => path.join('/'))).toEqual([
    'sub_policies/0/policy/repo',
    'sub_policies/0/policy/tag',
    'sub_policies/1/sub_policies/1/policy/tag',
  ]);
});

it('survives any tree, and any pattern', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json().map((text): unknown => JSON.parse(text)),
        fc.record({
          type: fc.constant('Regex'),
          policy: fc.record({ tag: fc.string({ unit: 'binary', maxLength: 600 }) }),
        }),
      ),
      (tree) => {
        expect(Array.isArray(patternFaults(tree))).toBe(true);
      },
    ),
    { numRuns: 1_000 },
  );
});
