import { severities } from '@plimsoll/contracts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { priorityFacts, priorityFactors, priorityOf, type PriorityFacts } from './priority.ts';
import type { Finding } from './match-package.ts';

/** Rising: the later, the sooner to be dealt with. */
const rising = {
  severity: ['negligible', 'low', 'medium', 'high', 'critical'],
  fixState: ['no-fix', 'subscription', 'fixed'],
  reach: ['physical', 'local', 'adjacent', 'network'],
  confidence: ['low', 'medium', 'high'],
} as const;

const facts: fc.Arbitrary<PriorityFacts> = fc.record({
  severity: fc.constantFrom(...severities),
  score: fc.option(fc.double({ min: 0, max: 10, noNaN: true }), { nil: undefined }),
  exploitation: fc.record({
    percentile: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    isKnown: fc.boolean(),
  }),
  fixState: fc.constantFrom('fixed', 'no-fix', 'subscription', 'will-not-fix', 'remove'),
  reach: fc.constantFrom('network', 'adjacent', 'local', 'physical', 'unknown'),
  confidence: fc.constantFrom(...rising.confidence),
  isHostKernel: fc.boolean(),
});

describe('priority', () => {
  it('is a whole number of 0 to 1000', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const priority = priorityOf(one);
        expect(Number.isInteger(priority)).toBe(true);
        expect(priority).toBeGreaterThanOrEqual(0);
        expect(priority).toBeLessThanOrEqual(1000);
      }),
    );
  });

  it('has factors of 0 to 1 whose weights make up the whole', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const factors = priorityFactors(one);
        expect(factors.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1);
        expect(factors.every(({ value }) => value >= 0 && value <= 1)).toBe(true);
      }),
    );
  });

  it.each(Object.entries(rising))('never falls when %s rises', (name, values) => {
    const indexes = fc.array(fc.nat(values.length - 1), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(facts, indexes, (one, [a = 0, b = 0]) => {
        const [lower, higher] = [values[Math.min(a, b)], values[Math.max(a, b)]];
        expect(priorityOf({ ...one, [name]: higher })).toBeGreaterThanOrEqual(
          priorityOf({ ...one, [name]: lower }),
        );
      }),
    );
  });

  it('never falls when the score, or how likely it is to be exploited, rises', () => {
    const pair = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(facts, pair, (one, [a, b]) => {
        const [lower, higher] = [Math.min(a, b), Math.max(a, b)];
        const scored = (score: number) => priorityOf({ ...one, score });
        const likely = (percentile: number | undefined) =>
          priorityOf({ ...one, exploitation: { ...one.exploitation, percentile } });
        expect(scored(higher * 10)).toBeGreaterThanOrEqual(scored(lower * 10));
        expect(likely(higher)).toBeGreaterThanOrEqual(likely(lower));
        expect(likely(lower)).toBeGreaterThanOrEqual(likely(undefined));
      }),
    );
  });

  it('puts whatever is known to be exploited before all that is not', () => {
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        const known = { ...a, isHostKernel: false, exploitation: { ...a.exploitation, isKnown: true } };
        const other = { ...b, exploitation: { ...b.exploitation, isKnown: false } };
        expect(priorityOf(known)).toBeGreaterThanOrEqual(priorityOf(other));
      }),
    );
  });

  it('asks nothing of whoever has a kernel that containers do not run', () => {
    fc.assert(
      fc.property(facts, (one) => {
        expect(priorityOf({ ...one, isHostKernel: true })).toBe(0);
      }),
    );
  });
});

function finding(more: Partial<Finding> = {}): Finding {
  return {
    vulnerability: 'CVE-2026-1',
    title: '',
    severity: 'high',
    score: 8.1,
    fixState: 'fixed',
    confidence: 'high',
    problems: [],
    ratings: [
      { source: 'CVE', level: 'high', score: 8.1, vector: 'CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' },
    ],
    advisories: [],
    ...more,
  };
}

it.each([
  [
    'critical on the network, likely exploited, with a fix',
    { severity: 'critical', score: 9.8 },
    0.99,
    false,
    689,
  ],
  ['the same without a fix', { severity: 'critical', score: 9.8, fixState: 'no-fix' }, 0.99, false, 584],
  ['the same, exploited', { severity: 'critical', score: 9.8, fixState: 'no-fix' }, 0.99, true, 952],
  ['medium without a fix, unlikely', { severity: 'medium', score: 5, fixState: 'no-fix' }, 0.1, false, 229],
  ['negligible', { severity: 'negligible', score: 9.8, fixState: 'no-fix' }, 0.1, false, 75],
] as const)('is an example of docs/priority.md: %s', (_name, more, percentile, isKnown, expected) => {
  const network = {
    source: 'CVE',
    level: 'high',
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
  } as const;

  const facts = priorityFacts(finding({ ...more, ratings: [network] }), { percentile, isKnown });

  expect(priorityOf(facts)).toBe(expected);
});

it.each([
  ['CVSS:4.0/AV:P/AC:L', 'physical'],
  ['CVSS:3.1/AV:A/AC:L', 'adjacent'],
  ['(AV:L/AC:L/Au:N/C:C/I:C/A:C)', 'local'],
  ['AV:N/AC:L/Au:N/C:C/I:C/A:C', 'network'],
  ['CVSS:3.1/MAV:P', 'unknown'],
  [undefined, 'unknown'],
] as const)('reads from where an attacker comes in %s', (vector, reach) => {
  const ratings = [{ source: 'x', level: 'high' as const, ...(vector && { vector }) }];

  expect(priorityFacts(finding({ ratings }), { isKnown: false }).reach).toBe(reach);
});
