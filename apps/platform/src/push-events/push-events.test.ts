import { randomUUID } from 'node:crypto';
import type { PolicyComponent } from '@plimsoll/contracts';
import { createTestDatabase } from '@plimsoll/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { digestOf, startWorld, type World } from '../sync/testing-world.ts';
import { deliver, outcomeOf, pushEvent } from './testing-deliveries.ts';

const [a, b, c] = ['a', 'b', 'c'].map(digestOf) as [string, string, string];
const day = 24 * 3_600_000;

let world: World;

beforeAll(async () => {
  world = await startWorld(await createTestDatabase());
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.reset();
  await world.setPolicy(false);
});

// What is under way would meet the next test.
afterEach(async () => {
  const unfinished = world.db.selectFrom('scan').select('id').where('finished_at', 'is', null);
  const isAnyUnfinished = async () => (await unfinished.execute()).length > 0;
  await vi.waitUntil(async () => !(await isAnyUnfinished()), { timeout: 20_000, interval: 20 });
});

async function scanned(...projects: string[]) {
  await expect.poll(() => world.projects(), { timeout: 20_000, interval: 20 }).toEqual(projects);
}

/** What the sync module remembers of a tag. */
function observed(tag = 'v1') {
  return world.db.selectFrom('observation').selectAll().where('tag', '=', tag).executeTakeFirstOrThrow();
}

describe('a push', () => {
  it('of an unknown repository makes its project and one scan, without a sync', async () => {
    world.push('team/web', { v1: a });

    const outcome = await outcomeOf(world, pushEvent({ digest: a, pushedAt: '2026-01-02T03:04:05.678Z' }));

    expect(outcome).toBe('imported: every image is imported');
    await scanned('team/web:v1 scanned a');
    expect(world.agent.calls).toEqual(['stateIdentifier team/web', 'scan']);
    expect(await observed()).toMatchObject({ digest: a, pushed_at: new Date('2026-01-02T03:04:05.678Z') });
    const project = await world.db.selectFrom('project').selectAll().executeTakeFirstOrThrow();
    expect(project.pushed_at).toEqual(new Date('2026-01-02T03:04:05.678Z'));
    const integration = await world.db.selectFrom('integration').selectAll().executeTakeFirstOrThrow();
    expect(integration.last_push_event_at).not.toBeNull();
  });

  it('of a moved tag scans it again', async () => {
    world.push('team/web', { v1: a });
    await world.syncNow();
    world.push('team/web', { v1: b });

    const outcome = await outcomeOf(world, pushEvent({ digest: b }));

    expect(outcome).toBe('rescanned: the tag was moved');
    await scanned('team/web:v1 scanned b');
  });

  it('that was told before changes nothing, however it is told', async () => {
    world.push('team/web', { v1: a });
    const event = pushEvent({ digest: a });
    await outcomeOf(world, event);
    await scanned('team/web:v1 scanned a');
    const before = await observed();

    await deliver(world, [event, event]);
    const again = await outcomeOf(world, pushEvent({ digest: a }));

    expect(again).toBe('unchanged: its project shows this image already');
    expect(world.agent.scanned).toHaveLength(1);
    expect(await observed()).toMatchObject({
      first_seen_at: before.first_seen_at,
      pushed_at: before.pushed_at,
    });
    expect(await world.db.selectFrom('push_event').select('id').execute()).toHaveLength(2);
  });

  it('of many tags of one image, told at once, is one scan', async () => {
    const tags = Array.from({ length: 20 }, (_, index) => `v${index}`);
    for (const repository of ['team/web', 'team/copy']) {
      world.push(repository, Object.fromEntries(tags.map((tag) => [tag, a])));
    }
    const events = ['team/web', 'team/copy'].flatMap((repository) =>
      tags.map((tag) => pushEvent({ repository, tag, digest: a })),
    );

    await Promise.all(events.map((event) => outcomeOf(world, event)));

    await expect
      .poll(async () => (await world.projects()).filter((one) => one.includes('scanned a')).length, {
        timeout: 20_000,
      })
      .toBe(40);
    expect(world.agent.scanned).toHaveLength(1);
  });

  it('that nobody made is believed no further than the registry goes', async () => {
    world.push('team/web', { v1: a });

    const forged = await outcomeOf(world, pushEvent({ digest: c, pushedAt: '2099-01-01T00:00:00Z' }));

    expect(forged).toBe('imported: every image is imported');
    await scanned('team/web:v1 scanned a');
    expect((await observed()).pushed_at?.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('in the future is pushed now', async () => {
    world.push('team/web', { v1: a });

    await outcomeOf(world, pushEvent({ digest: a, pushedAt: '2099-01-01T00:00:00Z' }));

    expect((await observed()).pushed_at?.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('waits for an agent that is away', async () => {
    world.push('team/web', { v1: a });
    let isAway = true;
    world.agent.fault = (route) => {
      if (route !== 'stateIdentifier' || !isAway) return undefined;
      isAway = false;
      return new AgentCallError('no-connection', 'No broker client is connected.');
    };

    expect(await outcomeOf(world, pushEvent())).toBe('imported: every image is imported');
  });

  it('does nothing without a policy', async () => {
    await world.db.deleteFrom('import_policy').execute();
    world.push('team/web', { v1: a });

    expect(await outcomeOf(world, pushEvent())).toBe('left-out: The integration has no import policy.');
    expect(world.agent.calls).toEqual([]);
  });

  it('does not bring back what a person deleted', async () => {
    world.push('team/web', { v1: a });
    await world.sync.putTombstones(world.db, world.settings.integrationId, [
      { repository: 'team/web', tag: 'v1' },
    ]);

    expect(await outcomeOf(world, pushEvent())).toBe('left-out: a person deleted its project');
    expect(await world.projects()).toEqual([]);
  });
});

describe('the policy decides', () => {
  const lastN = (limitNewestImages: number): PolicyComponent => ({
    type: 'LastNObserved',
    policy: { limitNewestImages },
  });

  it.each<[PolicyComponent, string]>([
    [{ type: 'Regex', policy: { tag: '^v' } }, 'imported: tag matches ^v'],
    [{ type: 'Regex', policy: { tag: '^prod' } }, 'left-out: tag does not match ^prod'],
    [{ type: 'Recent', policy: { maxAgeDays: 3 } }, 'imported: pushed in the last 3 days'],
    [{ type: 'Recent', policy: { maxAgeDays: 1 } }, 'left-out: not pushed in the last day'],
    [{ type: 'ImportAllNew' }, 'imported: it is new since the policy was set'],
    [lastN(1), 'imported: the newest of 1 in team/web'],
  ])('%j', async (rules, expected) => {
    await world.setPolicy(false, rules);
    world.push('team/web', { v1: a });
    const pushedAt = new Date(Date.now() - 2 * day).toISOString();

    expect(await outcomeOf(world, pushEvent({ digest: a, pushedAt }))).toBe(expected);
  });

  it('ranks among what the last run observed, and prunes nothing', async () => {
    await world.setPolicy(true, lastN(2));
    world.push('team/web', { v1: a, v2: b });
    for (const [tag, age] of [
      ['v1', 9],
      ['v2', 8],
    ] as const)
      world.pushedAt.set(`team/web:${tag}`, new Date(Date.now() - age * day));
    await world.syncNow();
    await world.allowPrune();
    world.push('team/web', { v3: c, v0: c });

    const newest = await outcomeOf(world, pushEvent({ tag: 'v3' }));
    const pushedAt = new Date(Date.now() - 20 * day).toISOString();
    const oldest = await outcomeOf(world, pushEvent({ tag: 'v0', pushedAt }));

    expect(newest).toBe('imported: the newest of 3 in team/web');
    expect(oldest).toBe('left-out: 4th newest of 4 in team/web, and only 2 are imported');
    await scanned('team/web:v1 scanned a', 'team/web:v2 scanned b', 'team/web:v3 scanned c');
  });

  it('knows what was there before ImportAllNew, and a moved tag for new', async () => {
    world.push('team/web', { v1: a, v2: a });
    await world.setPolicy(false, { type: 'Regex', policy: { tag: '^none$' } });
    await world.syncNow();
    await world.setPolicy(false, { type: 'ImportAllNew' });

    const same = await outcomeOf(world, pushEvent({ digest: a }));
    world.push('team/web', { v2: b });
    const moved = await outcomeOf(world, pushEvent({ tag: 'v2', digest: b }));
    const run = await world.syncNow();

    expect([same, moved]).toEqual([
      'left-out: it was there before the policy',
      'imported: it is new since the policy was set',
    ]);
    expect(run.to_import).toBe(0);
    await scanned('team/web:v2 scanned b');
  });
});

describe('together with a sync run', () => {
  it('keeps the push time that the registry does not list', async () => {
    world.push('team/web', { v1: a });
    const pushedAt = new Date(Date.now() - day);
    await outcomeOf(world, pushEvent({ digest: a, pushedAt: pushedAt.toISOString() }));

    await world.syncNow();

    expect(await observed()).toMatchObject({ pushed_at: pushedAt, in_first_listing: false });
  });

  it('is no double import, and what is pushed after the listing is neither undone nor pruned', async () => {
    await world.setPolicy(true);
    world.push('team/web', { v1: a, v2: b });
    await world.syncNow();
    await world.allowPrune();
    const told: string[] = [];
    world.agent.beforeAnswer = async (route) => {
      if (route !== 'listTagsWithMetadata') return;
      world.agent.beforeAnswer = undefined;
      world.push('team/web', { v1: c, v3: c });
      told.push(await outcomeOf(world, pushEvent({ digest: c })));
      told.push(await outcomeOf(world, pushEvent({ tag: 'v3', digest: c })));
      // The run gets what the registry had read before the push.
      world.registry.set('team/web', new Map(Object.entries({ v1: a, v2: b })));
    };

    const run = await world.syncNow();

    expect(told).toEqual(['rescanned: the tag was moved', 'imported: every image is imported']);
    expect(run).toMatchObject({ status: 'completed', pruned: 0, to_import: 0 });
    await scanned('team/web:v1 scanned c', 'team/web:v2 scanned b', 'team/web:v3 scanned c');
    expect(world.agent.scanned).toHaveLength(3);
  });

  it('that lists the pushed image as well imports nothing twice', async () => {
    world.push('team/web', { v1: a });
    world.agent.beforeAnswer = async (route) => {
      if (route !== 'listTagsWithMetadata') return;
      world.agent.beforeAnswer = undefined;
      world.push('team/web', { v2: b });
      await outcomeOf(world, pushEvent({ tag: 'v2', digest: b }));
    };

    const run = await world.syncNow();

    expect(run).toMatchObject({ status: 'completed', to_import: 1, tags: 2 });
    await scanned('team/web:v1 scanned a', 'team/web:v2 scanned b');
    expect(world.agent.scanned).toHaveLength(2);
  });
});

describe('deliveries', () => {
  it('are refused without a valid broker token', async () => {
    expect((await deliver(world, [pushEvent()], 'another')).statusCode).toBe(401);
  });

  it.each([
    ['a name that is none', { repository: '../etc' }],
    ['a tag that is none', { tag: 'a/b' }],
    ['a digest that is none', { digest: 'sha256:1' }],
    ['a sender that nobody knows', { sender: 'other' as never }],
  ])('are refused with %s', async (_, more) => {
    const answer = await deliver(world, [pushEvent(more)]);

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid-request' });
  });

  it('are put off when too many wait', async () => {
    await world.db
      .insertInto('push_event')
      .values(
        Array.from({ length: 10_000 }, () => ({
          id: randomUUID(),
          integration_id: world.settings.integrationId,
          sender: 'quay',
          repository: 'a',
          tag: 'b',
          received_at: new Date(),
        })),
      )
      .execute();
    await world.db
      .insertInto('push_event')
      .columns(['id', 'integration_id', 'sender', 'repository', 'tag', 'received_at'])
      .expression((from) =>
        from
          .selectFrom('push_event')
          .select((select) => [
            select.fn<string>('gen_random_uuid', []).as('id'),
            ...(['integration_id', 'sender', 'repository', 'tag', 'received_at'] as const),
          ]),
      )
      .execute();

    const answer = await deliver(world, [pushEvent()]);

    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '30']);
  });
});
