import { createTestDatabase } from '@plimsoll/testkit';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { startModel } from './testing-model.ts';
import { anyRules } from './testing-policies.ts';
import { digestOf, startWorld, type World } from './testing-world.ts';

// Random registries that push, move and delete tags between runs, policies that change, and repositories that cannot be
// listed: after each run the projects are what a model says that fits on a page.

let world: World;

beforeAll(async () => {
  world = await startWorld(await createTestDatabase());
});

afterAll(() => world.stop());

const repositories = ['team/a', 'team/b', 'c'];
const place = {
  repository: fc.constantFrom(...repositories),
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
function makeChange(made: typeof change extends fc.Arbitrary<infer T> ? T : never): void {
  const name = `${made.repository}:${made.tag}`;
  world.pushedAt.delete(name);
  if (made.kind === 'delete') world.registry.get(made.repository)?.delete(made.tag);
  else {
    world.push(made.repository, { [made.tag]: made.digest });
    if (made.age !== undefined) world.pushedAt.set(name, new Date(Date.now() - made.age * 24 * 3_600_000));
  }
}

const step = fc.record({
  /** New rules; undefined keeps those there are. */
  policy: fc.option(fc.record({ rules: anyRules, deletes: fc.boolean() }), { nil: undefined, freq: 2 }),
  changes: fc.array(change, { maxLength: 6 }),
  /** A repository whose tags cannot be listed in this run. */
  denied: fc.option(fc.constantFrom(...repositories), { nil: undefined, freq: 3 }),
});

it('has the projects that the registry and the rules say, after any history', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      await world.reset();
      await world.setPolicy(true);
      const model = startModel();
      model.setPolicy({ type: 'ImportAll' }, true, new Date());
      for (const repository of repositories.slice(0, 2)) world.registry.set(repository, new Map());

      for (const { changes, denied, policy } of steps) {
        for (const made of changes) makeChange(made);
        if (policy) {
          await world.setPolicy(policy.deletes, policy.rules);
          model.setPolicy(policy.rules, policy.deletes, new Date());
        }
        world.agent.fault = (route, repository) =>
          route === 'listTagsWithMetadata' && repository === denied
            ? new AgentCallError('agent', 'denied', { status: 403 })
            : undefined;
        await world.allowPrune();

        const run = await world.syncNow();

        expect(run.status).toBe('completed');
        const { registry, pushedAt } = world;
        model.run({ registry, pushedAt, denied, startedAt: run.started_at });
        expect(await world.projects()).toEqual(
          [...model.projects].map(([name, digest]) => `${name} scanned ${digest.slice(7, 8)}`).toSorted(),
        );
      }
      const scanned = world.agent.scanned.map((scan) => scan.split(' ')[1]);
      expect(scanned.length).toBe(new Set(scanned).size);
    }),
    { numRuns: 20 },
  );
}, 120_000);
