import { assert, constantFrom, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { ApiProblem } from './api-problem.ts';
import { serveVersion, type Release } from './api-version.ts';

const today = '2025-11-21';
const policy: readonly Release[] = ['2023-10-11~experimental', '2025-09-17'];
const beta: readonly Release[] = ['2024-01-01~experimental', '2024-06-01~beta'];

it.each([
  ['2025-09-17', policy, '2025-09-17', 'ga'],
  ['2025-11-05', policy, '2025-09-17', 'ga'],
  ['2025-11-05~experimental', policy, '2025-09-17', 'ga'],
  ['2025-08-21~experimental', policy, '2023-10-11~experimental', 'experimental'],
  ['2025-08-21~wip', policy, '2023-10-11~experimental', 'experimental'],
  ['experimental', policy, '2025-09-17', 'ga'],
  ['2024-10-15', beta, '2024-06-01~beta', 'beta'],
  ['2024-10-14~beta', beta, '2024-06-01~beta', 'beta'],
] as const)('serves %s of %j by %s', (asked, releases, release, stage) => {
  expect(serveVersion(asked, releases, today)).toMatchObject({ release, stage });
});

it('says when a newer release has replaced the one that serves', () => {
  expect(serveVersion('2025-08-21~experimental', policy, today).deprecatedOn).toBe('2025-09-17');
  expect(serveVersion('2025-09-17', policy, today).deprecatedOn).toBeUndefined();
});

it.each([
  [undefined, policy, 'invalid'],
  ['', policy, 'invalid'],
  ['today', policy, 'invalid'],
  ['2025-02-30', policy, 'invalid'],
  ['2025-1-1', policy, 'invalid'],
  ['2025-09-17~alpha', policy, 'invalid'],
  ['2025-09-17~beta~beta', policy, 'invalid'],
  ['2025-11-22', policy, 'invalid'],
  ['2025-09-16', policy, 'not-found'],
  ['2025-08-21~beta', policy, 'not-found'],
  ['2023-10-10~experimental', policy, 'not-found'],
  ['2024-10-14', beta, 'not-found'],
  ['2025-01-01~ga', beta, 'not-found'],
] as const)('refuses %j of %j as %s', (asked, releases, code) => {
  expect(() => serveVersion(asked, releases, today)).toThrow(
    expect.objectContaining({ code, source: { parameter: 'version' } }),
  );
});

it('names the version that a resource requires', () => {
  expect(() => serveVersion('2025-09-16', policy, today)).toThrow(/requires version 2025-09-17/);
});

it('answers or refuses whatever it is asked', () => {
  const outcome = (asked: string, releases: readonly Release[]): unknown => {
    try {
      return releases.includes(serveVersion(asked, releases, today).release);
    } catch (error) {
      return error instanceof ApiProblem;
    }
  };
  assert(
    property(string(), constantFrom(policy, beta), (asked, releases) => {
      expect(outcome(asked, releases)).toBe(true);
    }),
  );
});
