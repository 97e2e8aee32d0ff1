import { AdvisoriesError } from './advisories-error.ts';
import type { FeedOptions, FeedPart } from './feed.ts';
import { feeds } from './feeds/index.ts';

/**
 * Lists what can be imported from a location: a folder or address in the layout of the OSV dumps
 * (`<location>/<ECOSYSTEM>/all.zip`), a single zip, or a .jsonl file.
 * @throws {AdvisoriesError} when nothing can be read there.
 */
export async function openFeed(
  location: string,
  options: FeedOptions = {},
  signal?: AbortSignal,
): Promise<FeedPart[]> {
  const feed = feeds.find((feed) => feed.accepts(location));
  if (!feed) throw new AdvisoriesError('invalid', `No feed can read ${location}`);
  return feed.open(location, options, signal);
}
