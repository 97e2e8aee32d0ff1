import { createTestDatabase } from '@plimsoll/testkit';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { digestOf, startWorld, type World } from './testing-world.ts';

// Random registries that push, move and delete tags between runs, repositories that cannot be listed, and tunnels that
// are lost on the way: after each run the projects are what a model says that fits on a page.

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
  }),
  fc.record({ kind: fc.constant('delete' as const), ...place }),
);
const step = fc.record({
  changes: fc.array(change, { maxLength: 6 }),
  /** A repository whose tags cannot be listed in this run. */
  denied: fc.option(fc.constantFrom(...repositories), { nil: undefined, freq: 3 }),
});

/** What the projects must be: `repository:tag` to digest. */
type Model = Map<string, string>;

/** The rule of one run under ImportAll with deletions that are not held. */
function apply(model: Model, registry: World['registry'], denied: string | undefined): void {
  for (const [repository, tags] of registry) {
    if (repository === denied) continue;
    for (const name of model.keys()) {
      const [ofRepository, tag] = name.split(':') as [string, string];
      if (ofRepository === repository && !tags.has(tag)) model.delete(name);
    }
    for (const [tag, digest] of tags) model.set(`${repository}:${tag}`, digest);
  }
}

it('has the projects that the registry and the rules say, after any history', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      await world.reset();
      const model: Model = new Map();
      for (const repository of repositories) world.registry.set(repository, new Map());

      for (const { changes, denied } of steps) {
        for (const made of changes) {
          if (made.kind === 'push') world.push(made.repository, { [made.tag]: made.digest });
          else world.registry.get(made.repository)?.delete(made.tag);
        }
        world.agent.fault = (route, repository) =>
          route === 'listTagsWithMetadata' && repository === denied
            ? new AgentCallError('agent', 'denied', { status: 403 })
            : undefined;
        // A policy that was just changed says that deletions are meant, so that the guard holds none.
        await world.setPolicy(true);

        expect((await world.syncNow()).status).toBe('completed');

        apply(model, world.registry, denied);
        expect(await world.projects()).toEqual(
          [...model].map(([name, digest]) => `${name} scanned ${digest.slice(7, 8)}`).toSorted(),
        );
      }
      const scanned = world.agent.scanned.map((scan) => scan.split(' ')[1]);
      expect(scanned.length).toBe(new Set(scanned).size);
    }),
    { numRuns: 12 },
  );
}, 120_000);
