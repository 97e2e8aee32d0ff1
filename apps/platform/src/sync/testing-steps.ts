import * as fc from 'fast-check';
import { anyRules } from './testing-policies.ts';
import { digestOf, type World } from './testing-world.ts';

/** The repositories of any registry of the steps. */
export const stepRepositories = ['team/a', 'team/b', 'c'];
const place = {
  repository: fc.constantFrom(...stepRepositories),
  tag: fc.constantFrom('v1', 'v2', 'v3'),
};
const change = fc.oneof(
  fc.record({
    kind: fc.constant('push' as const),
    ...place,
    digest: fc.constantFrom('a', 'b', 'c', 'd', 'e').map(digestOf),
    /** Days before now, when the registry tells; a push after the policy was set is one day ahead. */
    age: fc.option(fc.constantFrom(-1, 1, 5, 20), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('delete' as const), ...place }),
);

/** Makes a change in the registry. */
export function makeChange(
  world: World,
  made: typeof change extends fc.Arbitrary<infer T> ? T : never,
): void {
  const name = `${made.repository}:${made.tag}`;
  world.pushedAt.delete(name);
  if (made.kind === 'delete') world.registry.get(made.repository)?.delete(made.tag);
  else {
    world.push(made.repository, { [made.tag]: made.digest });
    if (made.age !== undefined) world.pushedAt.set(name, new Date(Date.now() - made.age * 24 * 3_600_000));
  }
}

/** What happens between two runs. */
export const anyStep = fc.record({
  /** New rules; undefined keeps those there are. */
  policy: fc.option(fc.record({ rules: anyRules, deletes: fc.boolean() }), { nil: undefined, freq: 2 }),
  changes: fc.array(change, { maxLength: 6 }),
  /** A repository whose tags cannot be listed in this run. */
  denied: fc.option(fc.constantFrom(...stepRepositories), { nil: undefined, freq: 3 }),
  /** Images that the run may import or scan again. */
  limit: fc.constantFrom(1, 2, 10_000),
});
