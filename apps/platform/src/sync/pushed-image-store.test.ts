import { createTestDatabase } from '@plimsoll/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { noRun, putRepositories } from './observation-store.ts';
import { knownCandidate, knownRivals } from './pushed-image-store.ts';
import { digestOf, startWorld, type World } from './testing-world.ts';

const repository = 'team/web';

let world: World;

beforeAll(async () => {
  world = await startWorld(await createTestDatabase());
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.reset();
  const integrationId = world.settings.integrationId;
  await putRepositories(world.db, { integrationId, runId: null, baselineAt: null }, [repository]);
  const rows = Array.from({ length: 10 }, (_, day) => ({
    integration_id: integrationId,
    repository,
    tag: `day-${day}`,
    digest: digestOf('a'),
    pushed_at: new Date(Date.UTC(2026, 0, 1 + day)),
    first_seen_at: new Date(Date.UTC(2026, 0, 20)),
    last_run_id: noRun,
  }));
  await world.db.insertInto('observation').values(rows).execute();
});

it.each([
  ['the newest is ranked among a few', 'day-9', 3, 3],
  ['one that is newer than the oldest of them, too', 'day-8', 3, 3],
  ['one that may have more before it is ranked among all', 'day-7', 3, 10],
  ['one of a small repository is ranked among all', 'day-0', 11, 10],
])('%s', async (_, tag, newest, expected) => {
  const place = { integrationId: world.settings.integrationId, baselineAt: null };
  const pushed = await knownCandidate(world.db, place, { repository, tag });

  const rivals = await knownRivals(world.db, place, pushed!, newest);

  expect(rivals).toHaveLength(expected);
  expect(rivals).toContainEqual(pushed);
});
