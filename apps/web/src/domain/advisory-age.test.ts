import type { AdvisoryFeedStatus } from '@plimsoll/contracts';
import { expect, it } from 'vitest';
import { advisoryAge } from './advisory-age.ts';

function feed(ecosystem: string, attributes: Partial<AdvisoryFeedStatus['attributes']>): AdvisoryFeedStatus {
  return {
    id: ecosystem,
    type: 'advisory_feed',
    attributes: { ecosystem, advisories: 0, skipped: 0, ...attributes },
  };
}

it('takes the newest advisory of all feeds as the age of the data', () => {
  const age = advisoryAge(
    [
      feed('npm', { advisories: 10, newest_modified: '2026-01-02T00:00:00Z' }),
      feed('Debian', { advisories: 20, newest_modified: '2026-01-03T00:00:00Z' }),
      feed('Alpine', { last_error: 'no such host' }),
    ],
    Date.parse('2026-01-05T00:00:00Z'),
  );

  expect(age).toEqual({
    advisories: 30,
    ecosystems: 2,
    newestAt: '2026-01-03T00:00:00Z',
    isOld: false,
    errors: ['Alpine: no such host'],
  });
});

it('calls data old after a week', () => {
  const feeds = [feed('npm', { advisories: 1, newest_modified: '2026-01-01T00:00:00Z' })];

  expect(advisoryAge(feeds, Date.parse('2026-01-09T00:00:00Z')).isOld).toBe(true);
});
