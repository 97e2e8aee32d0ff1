import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { PushQueue } from './push-queue.ts';
import type { Push } from './read-notification.ts';

const [a, b] = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string];

function push(tag: string, digest?: string): Push {
  return {
    sender: 'harbor',
    repository: 'team/app',
    tag,
    receivedAt: '2026-01-02T03:04:05.678Z',
    ...(digest !== undefined && { digest }),
  };
}

const shown = (events: readonly { tag: string; digest?: string | undefined }[]) =>
  events.map(({ tag, digest }) => `${tag} ${digest?.slice(7, 8) ?? '-'}`);

it('keeps the newest push of each tag, oldest first', () => {
  const queue = new PushQueue();
  for (const one of [push('1', a), push('2', a), push('1', b)]) queue.add(one);

  expect(shown(queue.take(10))).toEqual(['2 a', '1 b']);
  expect(queue.size).toBe(0);
});

it('takes the same push once a minute, and one back to the digest before at once', () => {
  const clock = { ms: 0 };
  const queue = new PushQueue({ now: () => clock.ms });
  const outcomes = [push('1', a), push('1', a), push('1', b), push('1', a)].map((one) => queue.add(one));
  queue.take(10);
  clock.ms = 59_999;
  outcomes.push(queue.add(push('1', a)));
  clock.ms = 60_000;
  outcomes.push(queue.add(push('1', a)));

  expect(outcomes).toEqual(['queued', 'repeated', 'queued', 'queued', 'repeated', 'queued']);
});

it('takes every push whose digest is not told, since each may be another one', () => {
  const queue = new PushQueue();

  expect([queue.add(push('1')), queue.add(push('1'))]).toEqual(['queued', 'queued']);
  expect(queue.size).toBe(1);
});

it('takes no more than it may, but what is newer about a tag in it', () => {
  const queue = new PushQueue({ maxWaiting: 2 });
  const outcomes = [push('1', a), push('2', a), push('3', a), push('1', b)].map((one) => queue.add(one));

  expect(outcomes).toEqual(['queued', 'queued', 'full', 'queued']);
  queue.take(1);
  expect(queue.add(push('3', a))).toBe('queued');
});

it('puts back what was not delivered before the rest, and under what is newer', () => {
  const queue = new PushQueue();
  for (const one of [push('1', a), push('2', a), push('3', a)]) queue.add(one);
  const taken = queue.take(2);
  queue.add(push('1', b));
  queue.giveBack(taken);

  expect(shown(queue.take(10))).toEqual(['2 a', '3 a', '1 b']);
});

it('loses nothing and delivers the last push of every tag, whatever fails between', () => {
  const step = fc.oneof(
    fc.record({
      tag: fc.constantFrom('1', '2', '3'),
      digest: fc.constantFrom(a, b, undefined),
    }),
    fc.constantFrom('deliver' as const, 'fail' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const clock = { ms: 0 };
      const queue = new PushQueue({ now: () => clock.ms });
      const last = new Map<string, string | undefined>();
      const delivered = new Map<string, string | undefined>();
      const deliver = (count: number) => {
        for (const event of queue.take(count)) delivered.set(event.tag, event.digest);
      };
      for (const one of steps) {
        clock.ms += 1;
        if (one === 'deliver') deliver(2);
        else if (one === 'fail') queue.giveBack(queue.take(2));
        else {
          queue.add(push(one.tag, one.digest));
          last.set(one.tag, one.digest);
        }
      }
      deliver(10);

      expect(delivered).toEqual(last);
    }),
  );
});
