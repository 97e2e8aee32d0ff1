import type { AdvisoryFeedStatus } from '@plimsoll/contracts';

/** Data older than this no longer tells what is known, milliseconds. Distributions publish every day. */
const oldAfterMs = 7 * 86_400_000;

/** What the feeds come to: how much is known, of when, and which feeds failed. */
export function advisoryAge(feeds: readonly AdvisoryFeedStatus[], nowMs: number) {
  const known = feeds.map((feed) => feed.attributes).filter((feed) => feed.advisories > 0);
  const newestAt = known
    .flatMap((feed) => feed.newest_modified ?? [])
    .toSorted((a, b) => Date.parse(b) - Date.parse(a))[0];
  return {
    advisories: known.reduce((sum, feed) => sum + feed.advisories, 0),
    ecosystems: known.length,
    newestAt,
    isOld: newestAt !== undefined && nowMs - Date.parse(newestAt) > oldAfterMs,
    errors: feeds.flatMap(({ attributes: { ecosystem, last_error } }) =>
      last_error === undefined ? [] : `${ecosystem}: ${last_error}`,
    ),
  };
}
