import { readdirSync } from 'node:fs';
import { pushSenders } from '@plimsoll/contracts';
import { expect, it } from 'vitest';
import { readNotification } from '../read-notification.ts';
import { senders } from './index.ts';
import { notificationOf } from './sender.conformance.ts';

it('has a test of every sender', () => {
  const tests = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));

  expect(senders.map(({ id }) => id)).toEqual(pushSenders);
  expect(tests).toEqual(expect.arrayContaining(senders.map(({ id }) => `${id}.test.ts`)));
});

it('believes no notification of a kind that nobody knows', async () => {
  for (const body of [null, 1, '', [], {}, { push: true }, [[]]]) {
    expect(
      await readNotification(notificationOf({ body }), { type: 'oci', isListed: () => true }, {}, new Date()),
    ).toEqual({
      refused: 'unrecognized',
      sender: undefined,
    });
  }
});
