import { randomUUID } from 'node:crypto';
import type { PushEvent } from '@plimsoll/contracts';
import { expect } from 'vitest';
import type { World } from '../sync/testing-world.ts';

/** A push event of a test: of `team/web:v1` unless told. */
export function pushEvent(more: Partial<PushEvent> = {}): PushEvent {
  return {
    id: randomUUID(),
    sender: 'distribution',
    repository: 'team/web',
    tag: 'v1',
    receivedAt: new Date().toISOString(),
    ...more,
  };
}

/** Delivers events as a broker client does. */
export function deliver(world: World, events: readonly PushEvent[], token = 'broker-token') {
  return world.app.inject({
    method: 'POST',
    url: '/api/v2/push-events',
    headers: { authorization: `Bearer ${token}` },
    payload: { events },
  });
}

/** Delivers one event and waits until something became of it; answers `outcome: reason`. */
export async function outcomeOf(world: World, event: PushEvent): Promise<string> {
  const answer = await deliver(world, [event]);
  expect(answer.statusCode).toBe(200);
  const row = () =>
    world.db
      .selectFrom('push_event')
      .select(['outcome', 'reason'])
      .where('id', '=', event.id)
      .executeTakeFirstOrThrow();
  await expect.poll(async () => (await row()).outcome, { timeout: 20_000, interval: 10 }).not.toBeNull();
  const { outcome, reason } = await row();
  return `${outcome}: ${reason}`;
}
