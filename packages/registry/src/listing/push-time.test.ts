import { Instant } from '@plimsoll/contracts';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { pushTime } from './push-time.ts';

it.each([
  ['2024-02-03T04:05:06.789Z', '2024-02-03T04:05:06.789Z'],
  ['2024-02-03T04:05:06.7022734Z', '2024-02-03T04:05:06.702Z'],
  ['2024-02-03T04:05:06.7891Z', '2024-02-03T04:05:06.789Z'],
  ['2024-02-03T04:05:06.678+02:00', '2024-02-03T02:05:06.678Z'],
  [1_704_164_645_119, '2024-01-02T03:04:05.119Z'],
])('reads %j', (told, pushedAt) => {
  expect(pushTime(told, 'tag')).toEqual({ pushedAt, pushedAtKind: 'tag' });
});

it.each(['0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '', 'soon', 0, -1, null, undefined, Infinity])(
  'takes %j for no time',
  (told) => {
    expect(pushTime(told, 'manifest')).toEqual({ pushedAtKind: 'absent' });
  },
);

it('tells instants only, whatever it is told', () => {
  const told = fc.oneof(fc.string(), fc.double(), fc.date({ noInvalidDate: true }).map(String));
  fc.assert(
    fc.property(told, (told) => {
      const { pushedAt } = pushTime(told, 'tag');
      expect(pushedAt === undefined || Instant.safeParse(pushedAt).success).toBe(true);
    }),
  );
});
