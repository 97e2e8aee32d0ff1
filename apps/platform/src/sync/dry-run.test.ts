import type { DryRunMeta, DryRunResult, PolicyComponent } from '@plimsoll/contracts';
import { createTestDatabase } from '@plimsoll/testkit';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { addDryRun, findDryRun } from './dry-run-store.ts';
import { dryRunVerdicts } from './dry-run-verdicts.ts';
import { runVerdicts } from './run-verdicts.ts';
import { anyStep, makeChange, stepRepositories } from './testing-steps.ts';
import { digestOf, startWorld, type World } from './testing-world.ts';
import { readVerdicts, type VerdictSource } from './verdict-pages.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld(await createTestDatabase());
});

afterAll(() => world.stop());

beforeEach(() => world.reset());

/** Makes a dry run and waits until it has ended. */
async function dryRun(rules: PolicyComponent, deletes = false) {
  const { integrationId } = world.settings;
  const policy = {
    name: 'test',
    schedule_frequency_hours: 24,
    delete_images: deletes,
    import_policy: rules,
  };
  const dryRunId = (await addDryRun(world.db, integrationId, policy)) ?? '';
  await world.jobs.send('sync.dry-run', { dryRunId });
  for (;;) {
    const row = await findDryRun(world.db, integrationId, dryRunId);
    if (row?.completed_at) return row;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function names(groups: DryRunResult['images_to_import']): string[] {
  return groups.flatMap(({ repository, tags }) => tags.map(({ tag }) => `${repository}:${tag}`)).toSorted();
}

/** All that a sync remembers. */
async function memory(): Promise<string> {
  const tables = ['observation', 'sync_repository', 'sync_run', 'project', 'scan', 'import_policy'] as const;
  const rows = await Promise.all(tables.map((table) => world.db.selectFrom(table).selectAll().execute()));
  return JSON.stringify(rows);
}

it('says what the next run does on the same state, and leaves no trace', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 5 }), async (steps) => {
      await world.reset();
      let [rules, deletes]: [PolicyComponent, boolean] = [{ type: 'ImportAll' }, true];
      await world.setPolicy(deletes, rules);
      for (const repository of stepRepositories.slice(0, 2)) world.registry.set(repository, new Map());

      for (const { changes, denied, policy, limit } of steps) {
        for (const made of changes) makeChange(world, made);
        if (policy) ({ rules, deletes } = policy);
        world.agent.fault = (route, repository) =>
          route === 'listTagsWithMetadata' && repository === denied
            ? new AgentCallError('agent', 'denied', { status: 403 })
            : undefined;
        world.settings.importLimit = limit;
        const before = await projectNames();
        const remembered = await memory();

        const foretold = await dryRun(rules, deletes);

        expect(await memory()).toBe(remembered);
        if (policy) await world.setPolicy(deletes, rules);
        const run = await world.syncNow();
        const after = await projectNames();
        expect(await everyVerdict(await dryRunVerdicts(world.db, foretold))).toEqual(
          await everyVerdict(await runVerdicts(world.db, run)),
        );
        const { result, meta } = foretold as { result: DryRunResult; meta: DryRunMeta };
        expect(names(result.images_to_import)).toEqual(after.filter((name) => !before.includes(name)));
        expect(names(result.images_to_delete)).toEqual(before.filter((name) => !after.includes(name)));
        expect(names(result.images_to_import).length + meta.to_rescan).toBe(run.to_import);
        expect([meta.to_rescan, meta.truncated]).toEqual([run.rescans, run.truncated]);
        expect(run.to_import).toBeLessThanOrEqual(limit);
        expect(result.total_images_processed).toBe(run.tags);
      }
    }),
    { numRuns: 15 },
  );
}, 120_000);

async function everyVerdict(source: VerdictSource): Promise<string[]> {
  const all = { repository: undefined, tag: undefined, admitted: undefined };
  const { rows } = await readVerdicts(source, all, { direction: 'forward' }, 1_000);
  return rows.map(
    ({ repository, tag, admitted, reason }) => `${repository}:${tag} ${admitted ? 'yes' : 'no'}: ${reason}`,
  );
}

async function projectNames(): Promise<string[]> {
  return (await world.projects()).map((line) => line.split(' ')[0] ?? '').toSorted();
}

it('says that a new baseline imports nothing, and gives the reason of each image', async () => {
  world.push('team/web', { v1: digestOf('a') });

  const row = await dryRun({ type: 'ImportAllNew' });

  expect(row).toMatchObject({
    status: 'completed',
    result: { images_to_import: [], images_to_delete: [], total_images_processed: 1 },
    reasons: [
      { repository: 'team/web', tag: 'v1', admitted: false, reason: 'it was there before the policy' },
    ],
  });
  expect(row.meta).toMatchObject({
    matched: 0,
    warnings: [
      'ImportAllNew begins when the policy is set: what the registry holds by then is not imported.',
    ],
  });
});

it('fails with what the agent said', async () => {
  world.agent.isConnected = false;

  expect(await dryRun({ type: 'ImportAll' })).toMatchObject({
    status: 'failed',
    error_message: 'No broker client is connected.',
    result: null,
  });
});
