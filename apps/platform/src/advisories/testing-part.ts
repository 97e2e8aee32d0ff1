import type { FeedItem, FeedPart, Reading } from '@plimsoll/advisories';

/** A part of a feed that holds these items. */
export function partOf(
  items: readonly FeedItem[],
  about: { ecosystem: string; extent?: Reading['extent']; kind?: Reading['kind']; isDump?: boolean },
): FeedPart {
  const { ecosystem, extent = 'some', kind = 'advisories', isDump = false } = about;
  return {
    ecosystem,
    source: 'test',
    isDump,
    open: async () => ({
      feed: 'osv',
      kind,
      extent,
      items: (async function* () {
        yield* items;
      })(),
      [Symbol.asyncDispose]: async () => {},
    }),
  };
}
