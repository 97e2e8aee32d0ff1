import type { PolicyComponent } from '@plimsoll/contracts';
import { describe, expect, it } from 'vitest';
import { choiceOf, firstChoice, isLoose, policyOf } from './policy-choice.ts';

describe('a policy that is there', () => {
  it.each<PolicyComponent>([
    { type: 'ImportAll' },
    { type: 'ImportAllNew' },
    { type: 'LastNObserved', policy: { limitNewestImages: 3 } },
    { type: 'Recent', policy: { maxAgeDays: 7 } },
    { type: 'Regex', policy: { repo: '^team/' } },
    { type: 'Regex', policy: { repo: '^team/.*$', tag: '^prod' } },
    { type: 'And', sub_policies: [{ type: 'ImportAllNew' }, { type: 'Regex', policy: { tag: '^v' } }] },
  ])('is shown as the choice that makes it: %j', (component) => {
    expect(policyOf(choiceOf(component))).toEqual(component);
  });
});

it('says that what a person wrote is no JSON', () => {
  expect(() => policyOf({ ...firstChoice, preset: 'own', json: '{' })).toThrow(SyntaxError);
});

it.each([
  ['^prod$', false],
  ['prod', true],
  ['^prod', true],
  ['', false],
])('warns of patterns without anchors: %s %s', (pattern, expected) => {
  expect(isLoose(pattern)).toBe(expected);
});
