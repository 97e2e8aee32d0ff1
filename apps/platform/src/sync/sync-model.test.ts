import { createTestDatabase } from '@plimsoll/testkit';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { startModel } from './testing-model.ts';
import { anyStep, makeChange, stepRepositories } from './testing-steps.ts';
import { startWorld, type World } from './testing-world.ts';

// Random registries that push, move and delete tags between runs, policies that change, and repositories that cannot be
// listed: after each run the projects are what a model says that fits on a page.

let world: World;

beforeAll(async () => {
  world = await startWorld(await createTestDatabase());
});

afterAll(() => world.stop());

it('has the projects that the registry and the rules say, after any history', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 6 }), async (steps) => {
      await world.reset();
      await world.setPolicy(true);
      const model = startModel();
      model.setPolicy({ type: 'ImportAll' }, true, new Date());
      for (const repository of stepRepositories.slice(0, 2)) world.registry.set(repository, new Map());

      for (const { changes, denied, policy } of steps) {
        for (const made of changes) makeChange(world, made);
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
