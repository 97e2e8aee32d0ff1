import { createLogger } from '@plimsoll/runtime';
import { createTestDatabase } from '@plimsoll/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { integrationsWithDueTests } from '../projects/recurring-store.ts';
import { digestOf } from '../sync/testing-agent.ts';
import { startWorld, type World } from '../sync/testing-world.ts';
import { testProjects } from './test-projects.ts';

const [a, b] = [digestOf('a'), digestOf('b')];
const dayMs = 24 * 3_600_000;

let world: World;

beforeAll(async () => {
  world = await startWorld(await createTestDatabase());
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.reset();
  await world.setPolicy(false);
  world.push('team/web', { v1: a, v2: b });
  await world.syncNow();
  world.agent.calls.length = 0;
  world.agent.scanned.length = 0;
});

/** Lets days go by, and makes the recurring tests that are due then. */
async function afterDays(days: number) {
  const ago = new Date(Date.now() - days * dayMs);
  await world.db
    .updateTable('project')
    .set({ next_test_at: new Date(Date.now() - 1_000) })
    .execute();
  await world.db.updateTable('sync_run').set({ started_at: ago }).execute();
  const deps = {
    db: world.db,
    jobs: world.jobs,
    agentClient: world.agentClient,
    log: createLogger({ name: 'test', level: 'silent' }),
    now: () => new Date(),
    refreshCounts: async () => {},
  };
  await testProjects(deps, world.settings, new AbortController().signal);
}

async function nextTests(): Promise<number[]> {
  const rows = await world.db.selectFrom('project').select('next_test_at').orderBy('tag').execute();
  return rows.map((row) => Math.round((row.next_test_at.getTime() - Date.now()) / dayMs));
}

it('sees a moved tag without pulling, and reads the new image only', async () => {
  world.push('team/web', { v1: digestOf('c') });

  await afterDays(2);

  await expect
    .poll(() => world.projects(), { timeout: 10_000 })
    .toEqual(['team/web:v1 scanned c', 'team/web:v2 scanned b']);
  expect(world.agent.calls).toEqual(['stateIdentifier team/web', 'stateIdentifier team/web', 'scan']);
  expect(world.agent.scanned).toEqual([`team/web ${digestOf('c')}`]);
  expect(await nextTests()).toEqual([1, 1]);
});

it('asks nothing about what a sync has just seen', async () => {
  await afterDays(0.5);

  expect(world.agent.calls).toEqual([]);
  expect(await integrationsWithDueTests(world.db)).toEqual([]);
});

it('leaves alone what is never tested or inactive, and tests weekly what is weekly', async () => {
  await world.db.updateTable('project').set({ test_frequency: 'never' }).where('tag', '=', 'v1').execute();
  await world.db.updateTable('project').set({ test_frequency: 'weekly' }).where('tag', '=', 'v2').execute();

  await afterDays(2);
  expect(world.agent.calls).toEqual([]);
  await afterDays(8);

  expect(world.agent.calls).toEqual(['stateIdentifier team/web']);
  expect((await nextTests())[1]).toBe(7);
  await world.db.updateTable('project').set({ status: 'inactive' }).execute();
  await afterDays(20);
  expect(world.agent.calls).toHaveLength(1);
});

it('tries a scan again that had failed', async () => {
  await world.db
    .updateTable('project')
    .set({ scan_status: 'failed', image_id: null, scan_id: null })
    .where('tag', '=', 'v1')
    .execute();

  await afterDays(0.5);

  await expect.poll(() => world.projects(), { timeout: 10_000 }).toContain('team/web:v1 scanned a');
});

it('keeps what it has of a tag that is gone, and says so; a registry that fails is asked again within the hour', async () => {
  world.registry.get('team/web')?.delete('v1');
  await afterDays(2);
  world.agent.fault = () => new AgentCallError('agent', 'The registry is closed.', { status: 403 });
  await world.db.updateTable('project').set({ test_frequency: 'never' }).where('tag', '=', 'v1').execute();
  await afterDays(4);

  const rows = world.db.selectFrom('project').select(['tag', 'test_error', 'next_test_at']).orderBy('tag');
  expect(await rows.execute()).toMatchObject([
    { tag: 'v1', test_error: 'The tag is gone from the registry.' },
    { tag: 'v2', test_error: 'The registry is closed.' },
  ]);
  expect((await nextTests())[1]).toBe(0);
  expect(await world.projects()).toEqual(['team/web:v1 scanned a', 'team/web:v2 scanned b']);
});
