import { createTestDatabase } from '@plimsoll/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setPaused } from '../integrations/policy-schedule.ts';
import { cancelRun } from './cancel-run.ts';
import { carryOutPrune, confirmPrune, undoPrune } from './decide-prune.ts';
import { sendRun } from './request-run.ts';
import { digestOf } from './testing-agent.ts';
import { startWorld, type World } from './testing-world.ts';

const [a, b, c] = ['a', 'b', 'c'].map(digestOf) as [string, string, string];

let world: World;

beforeAll(async () => {
  world = await startWorld(await createTestDatabase());
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.reset();
  await world.setPolicy(true);
});

async function runState(runId: string) {
  const row = await world.db.selectFrom('sync_run').selectAll().where('id', '=', runId).executeTakeFirst();
  return row ?? {};
}

/** What must be the same again when a project comes back. */
async function identities() {
  const rows = world.db.selectFrom('project').select(['id', 'number', 'image_id']).orderBy('number');
  return await rows.execute();
}

/** Holds the agent at its next listing of tags until it is let go. */
function holdListing() {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  world.agent.beforeAnswer = async (route) => {
    if (route !== 'listTagsWithMetadata') return;
    reached.resolve();
    await gate.promise;
  };
  const letGo = () => {
    world.agent.beforeAnswer = undefined;
    gate.resolve();
  };
  return { reached: reached.promise, letGo };
}

describe('a prune that looks like an accident', () => {
  beforeEach(async () => {
    world.push('team/web', { v1: a, v2: b, v3: c });
    await world.syncNow();
    world.registry.get('team/web')?.clear();
  });

  it('is done when a person confirms it, and can be undone', async () => {
    const run = await world.syncNow();
    const deps = { db: world.db, jobs: world.jobs };
    const before = await identities();
    expect(run).toMatchObject({ prune_state: 'held', held: 3, pruned: 0 });

    await confirmPrune(deps, world.settings.integrationId, run.id);
    await expect
      .poll(() => runState(run.id), { timeout: 10_000 })
      .toMatchObject({ prune_state: 'pruned', held: 0, pruned: 3 });
    expect(await world.projects()).toEqual([]);
    expect(await world.db.selectFrom('target').selectAll().execute()).toEqual([]);

    await undoPrune(deps, world.settings.integrationId, run.id);
    await expect
      .poll(() => runState(run.id), { timeout: 10_000 })
      .toMatchObject({ prune_state: 'undone', restored: 3 });
    expect(await identities()).toEqual(before);
    expect(await world.projects()).toEqual([
      'team/web:v1 scanned a',
      'team/web:v2 scanned b',
      'team/web:v3 scanned c',
    ]);
  });

  it('is carried out once, whole, however many processes are called to do it', async () => {
    world.push('team/many', Object.fromEntries(Array.from({ length: 1_100 }, (_, n) => [`t${n}`, a])));
    await world.syncNow();
    world.registry.get('team/many')?.clear();
    const run = await world.syncNow();
    const silent = { db: world.db, jobs: { send: () => Promise.resolve() } };
    const { refreshCounts, log, agentClient } = world;
    const carryOutThrice = () =>
      Promise.all(
        Array.from({ length: 3 }, () =>
          carryOutPrune({ ...silent, refreshCounts, log, agentClient }, run.id, new AbortController().signal),
        ),
      );

    await confirmPrune(silent, world.settings.integrationId, run.id);
    await carryOutThrice();
    expect(await runState(run.id)).toMatchObject({ prune_state: 'pruned', held: 0, pruned: 1_103 });
    expect(await world.projects()).toEqual([]);

    await undoPrune(silent, world.settings.integrationId, run.id);
    await carryOutThrice();
    expect(await runState(run.id)).toMatchObject({ prune_state: 'undone', restored: 1_103 });
    expect(await world.projects()).toHaveLength(1_103);
  });

  it('is not confirmed by who has seen an older list only', async () => {
    const older = await world.syncNow();
    await world.syncNow();

    const confirmed = confirmPrune(world, world.settings.integrationId, older.id);

    await expect(confirmed).rejects.toMatchObject({ code: 'conflict' });
    expect(await world.projects()).toHaveLength(3);
  });

  it('does not come again after it was undone, until the policy has admitted the image once', async () => {
    await world.allowPrune();
    const run = await world.syncNow();
    expect(run).toMatchObject({ pruned: 3, prune_state: 'pruned' });
    await undoPrune(world, world.settings.integrationId, run.id);
    await expect.poll(() => world.projects(), { timeout: 10_000 }).toHaveLength(3);

    await world.allowPrune();
    expect(await world.syncNow()).toMatchObject({ pruned: 0, held: 0 });
    world.push('team/web', { v1: a });
    await world.syncNow();
    world.registry.get('team/web')?.clear();
    await world.allowPrune();

    expect(await world.syncNow()).toMatchObject({ pruned: 1 });
    expect(await world.projects()).toEqual(['team/web:v2 scanned b', 'team/web:v3 scanned c']);
  });

  it('can be undone for seven days', async () => {
    await world.allowPrune();
    const run = await world.syncNow();
    await world.db
      .updateTable('sync_run')
      .set({ prune_changed_at: new Date(Date.now() - 7 * 24 * 3_600_000 - 60_000) })
      .where('id', '=', run.id)
      .execute();

    const undone = undoPrune(world, world.settings.integrationId, run.id);

    await expect(undone).rejects.toMatchObject({ code: 'conflict' });
  });

  it('leaves alone what was imported again meanwhile', async () => {
    await world.allowPrune();
    const run = await world.syncNow();
    world.push('team/web', { v1: b });
    await world.syncNow();

    await undoPrune(world, world.settings.integrationId, run.id);

    await expect
      .poll(() => runState(run.id), { timeout: 10_000 })
      .toMatchObject({ prune_state: 'undone', restored: 2 });
    expect(await world.projects()).toEqual([
      'team/web:v1 scanned b',
      'team/web:v2 scanned b',
      'team/web:v3 scanned c',
    ]);
  });
});

describe('cancelling', () => {
  it('ends a run that lists; nothing is imported any more', async () => {
    world.push('team/web', { v1: a });
    const { reached, letGo } = holdListing();
    const runId = (await world.sync.requestRun(world.settings.integrationId)) ?? '';
    await reached;

    expect(await cancelRun(world.db, runId)).toBe(true);
    letGo();

    expect(await runState(runId)).toMatchObject({ status: 'cancelled' });
    expect(await cancelRun(world.db, runId)).toBe(false);
    expect(await world.syncNow()).toMatchObject({ status: 'completed', to_import: 1 });
  });

  it('takes back the scans that no agent has taken, and the next run asks for them again', async () => {
    world.agent.slots = 1;
    const scanning = world.agent.scanning;
    world.agent.scanning = () => undefined;
    world.push('team/web', { v1: a, v2: b, v3: c });
    const runId = (await world.sync.requestRun(world.settings.integrationId)) ?? '';
    await expect.poll(() => world.agent.scanned.length, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => runState(runId), { timeout: 10_000 }).toMatchObject({ status: 'scanning' });

    await cancelRun(world.db, runId);

    const statuses = await world.db.selectFrom('scan').select('status').execute();
    expect(statuses.map(({ status }) => status).toSorted()).toEqual(['cancelled', 'cancelled', 'dispatched']);
    Object.assign(world.agent, { scanning, slots: 3, busy: 0 });
    const next = (await world.sync.requestRun(world.settings.integrationId)) ?? '';
    await expect
      .poll(async () => (await world.projects()).filter((line) => line.includes(' scanned ')).length, {
        timeout: 10_000,
      })
      .toBe(2);
    await cancelRun(world.db, next);
  });
});

describe('resting', () => {
  it('starts no run, and goes on with the one under way where it was', async () => {
    const { integrationId } = world.settings;
    world.push('team/a', { v1: a });
    world.push('team/b', { v1: b });
    const { reached, letGo } = holdListing();
    const runId = (await world.sync.requestRun(integrationId)) ?? '';
    await reached;
    await setPaused(world.db, integrationId, true);
    // A process that dies while its sync rests is not replaced.
    await world.db.updateTable('sync_run').set({ lease_id: null, lease_until: null }).execute();
    letGo();
    await world.jobs.send('sync.tick', {});

    expect(await world.sync.requestRun(integrationId)).toBeUndefined();
    await expect
      .poll(() => world.db.selectFrom('project').select('id').execute(), { timeout: 1_000 })
      .toEqual([]);

    await setPaused(world.db, integrationId, false);
    await sendRun(world, runId);
    expect(await world.untilEnded(runId)).toMatchObject({ status: 'completed', to_import: 2 });
  });
});

it('tells step by step what it has done, and what could not be listed', async () => {
  world.push('team/db', { v1: a });
  world.push('team/web', { v1: b, v2: c });

  const run = await world.syncNow();

  expect((run.steps as { step: string }[]).map(({ step }) => step)).toEqual([
    'listing',
    'planning',
    'importing',
    'scanning',
  ]);
  expect(run).toMatchObject({ matched: 3, already_imported: 0, to_import: 3, rescans: 0, truncated: 0 });
});
