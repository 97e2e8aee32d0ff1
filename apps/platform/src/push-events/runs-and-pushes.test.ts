import { DryRunResult } from '@plimsoll/contracts';
import { createTestDatabase } from '@plimsoll/testkit';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { confirmPrune } from '../sync/decide-prune.ts';
import { addDryRun, findDryRun } from '../sync/dry-run-store.ts';
import { digestOf, startWorld, type World } from '../sync/testing-world.ts';
import { deliver, outcomeOf, pushEvent } from './testing-deliveries.ts';

// What push events tell and what whole runs list, in any order: neither undoes, doubles or deletes what the other has seen.

const [a, b] = ['a', 'b'].map(digestOf) as [string, string];

let world: World;

beforeAll(async () => {
  world = await startWorld(await createTestDatabase());
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.reset();
  await world.setPolicy(true);
});

/** Puts what push events have told so long ago that runs no longer go by it. */
async function letTimePass(): Promise<void> {
  const told = await world.db.selectFrom('observation').select(['tag', 'told_at']).execute();
  for (const { tag, told_at: at } of told) {
    if (at === null) continue;
    const before = new Date(at.getTime() - 11 * 60_000);
    await world.db.updateTable('observation').set({ told_at: before }).where('tag', '=', tag).execute();
  }
}

/** What a dry run of the policy in force says would be deleted. */
async function foretoldDeletions(): Promise<string[]> {
  const { integrationId } = world.settings;
  const policy = {
    name: 'test',
    schedule_frequency_hours: 24,
    delete_images: true,
    import_policy: { type: 'ImportAll' as const },
  };
  const dryRunId = (await addDryRun(world.db, integrationId, policy)) ?? '';
  await world.jobs.send('sync.dry-run', { dryRunId });
  const ended = async () => (await findDryRun(world.db, integrationId, dryRunId))?.completed_at != null;
  await vi.waitUntil(ended, { timeout: 20_000, interval: 10 });
  const row = await findDryRun(world.db, integrationId, dryRunId);
  const { images_to_delete: deletions } = DryRunResult.parse(row?.result);
  return deletions.flatMap(({ repository, tags }) => tags.map(({ tag }) => `${repository}:${tag}`));
}

async function projectNames(): Promise<string[]> {
  return (await world.projects()).map((line) => line.split(' ')[0] ?? '');
}

it('foretells no deletion of what was pushed in the last minutes and is not listed yet', async () => {
  world.push('team/web', { v1: a, v2: b });
  await world.syncNow();
  await outcomeOf(world, pushEvent({ tag: 'v2', digest: b }));
  world.registry.set('team/web', new Map());
  await world.allowPrune();

  expect(await foretoldDeletions()).toEqual(['team/web:v1']);
  await letTimePass();
  expect(await foretoldDeletions()).toEqual(['team/web:v1', 'team/web:v2']);
});

it('leaves what was pushed since when a person confirms the deletions of a run', async () => {
  const tags = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`v${index}`, a]));
  world.push('team/web', tags);
  await world.syncNow();
  world.registry.set('team/web', new Map());
  const run = await world.syncNow();
  expect(run).toMatchObject({ prune_state: 'held', held: 12 });
  world.push('team/web', { v3: b });
  await outcomeOf(world, pushEvent({ tag: 'v3', digest: b }));

  await confirmPrune(world, world.settings.integrationId, run.id);

  await expect.poll(projectNames, { timeout: 20_000, interval: 20 }).toEqual(['team/web:v3']);
  const left = await world.db
    .selectFrom('pruned_project')
    .select(['tag', 'state'])
    .where('state', '<>', 'pruned')
    .execute();
  expect(left).toEqual([{ tag: 'v3', state: 'left' }]);
});

const repositories = ['team/a', 'team/b'];
const place = { repository: fc.constantFrom(...repositories), tag: fc.constantFrom('v1', 'v2', 'v3') };
const digest = fc.constantFrom('a', 'b', 'c', 'd').map(digestOf);

const anyAction = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      ...place,
      digest,
      /** Whether the registry tells of it, and of which digest: perhaps of an older one, perhaps of none. */
      told: fc.option(fc.option(digest, { nil: undefined }), { nil: 'not at all' as const }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), ...place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
);
type Action = typeof anyAction extends fc.Arbitrary<infer T> ? T : never;

const anyRound = fc.record({
  before: fc.array(anyAction, { maxLength: 5 }),
  /** While the run lists: each after so many calls of the agent. */
  during: fc.array(fc.tuple(fc.nat({ max: 3 }), anyAction), { maxLength: 2 }),
});

it('comes to what the registry holds, whatever is told before and during runs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRound, { minLength: 1, maxLength: 4 }), async (rounds) => {
      await world.reset();
      await world.setPolicy(true);
      for (const repository of repositories) world.registry.set(repository, new Map());
      /** Images that were told of lately: they stay although they are gone. */
      const lately = new Set<string>();

      const act = async (action: Action): Promise<void> => {
        if (action.kind === 'wait') {
          await letTimePass();
          lately.clear();
          return;
        }
        const { repository, tag } = action;
        if (action.kind === 'delete') {
          world.registry.get(repository)?.delete(tag);
          return;
        }
        world.push(repository, { [tag]: action.digest });
        if (action.told === 'not at all') return;
        const event = pushEvent({ repository, tag });
        const told = { ...event, ...(action.told && { digest: action.told }) };
        // A registry repeats itself when it is not answered.
        await deliver(world, [told]);
        await outcomeOf(world, told);
        lately.add(`${repository}:${tag}`);
      };

      const settled = async () => {
        const unfinished = world.db.selectFrom('scan').select('id').where('finished_at', 'is', null);
        await vi.waitUntil(async () => (await unfinished.execute()).length === 0, {
          timeout: 20_000,
          interval: 10,
        });
      };

      for (const { before, during } of rounds) {
        for (const action of before) await act(action);
        await settled();
        const left = during.map(([calls, action]) => ({ calls, action }));
        let calls = 0;
        const changedMeanwhile = new Set<string>();
        world.agent.beforeAnswer = async (route) => {
          if (route !== 'listRepositories' && route !== 'listTagsWithMetadata') return;
          calls += 1;
          for (const one of left.splice(0).filter((next) => next.calls < calls || !left.push(next))) {
            if (one.action.kind !== 'wait') {
              changedMeanwhile.add(`${one.action.repository}:${one.action.tag}`);
              await act(one.action);
            }
          }
        };
        await world.allowPrune();
        const known = await projectNames();
        const foretold = await foretoldDeletions();
        const run = await world.syncNow();
        world.agent.beforeAnswer = undefined;
        await settled();

        expect(run.status).toBe('completed');
        const held = [...world.registry].flatMap(([repository, tags]) =>
          [...tags].map(([tag, now]) => [`${repository}:${tag}`, now] as const),
        );
        const shown = new Map(
          (await world.projects()).map((line) => {
            const [name = '', status, letter] = line.split(' ');
            return [name, `${status} ${letter}`] as const;
          }),
        );
        for (const [name, now] of held) {
          // What changed while it was listed, and was not told, is for the next run.
          if (changedMeanwhile.has(name) && !lately.has(name)) continue;
          expect([name, shown.get(name)]).toEqual([name, `scanned ${now.slice(7, 8)}`]);
        }
        const names = new Set<string>(held.map(([name]) => name));
        for (const name of shown.keys()) {
          if (changedMeanwhile.has(name)) continue;
          expect([name, names.has(name) || lately.has(name)]).toEqual([name, true]);
        }
        const deleted = known.filter((name) => !shown.has(name)).toSorted();
        expect(during.length === 0 ? foretold.toSorted() : deleted).toEqual(deleted);
      }
      // One scan for each digest, however many tags, events and runs told of it.
      const byDigest = world.agent.scanned.map((line) => line.split(' ')[1]);
      expect(byDigest).toEqual([...new Set(byDigest)]);
    }),
    { numRuns: 25 },
  );
}, 120_000);
