import { openBundle } from './bundle/open-bundle.ts';
import type { FeedItem, FeedOptions, FeedPart } from './feed.ts';
import { isAddress, openAddress } from './sources/address.ts';
import { filePart } from './sources/file-part.ts';
import { isFolder, openFolder } from './sources/folder.ts';

/**
 * Lists what can be imported from a location: a folder or address in the layout of the OSV dumps
 * (`<location>/<ECOSYSTEM>/all.zip`), a bundle, a folder of other files, or a single file: a zip or lines of OSV
 * records, EPSS scores, CISA's catalogue, an OpenVEX or CSAF document, advisories of GitHub's REST API.
 * @throws {AdvisoriesError} when nothing can be read there.
 */
export async function openFeed(
  location: string,
  options: FeedOptions = {},
  signal?: AbortSignal,
): Promise<FeedPart[]> {
  if (isAddress(location)) return openAddress(location, options, signal);
  if (await isFolder(location)) return openFolder(location, options);
  return (await openBundle(location, options)) ?? [filePart(location)];
}

/** Reads all of a part, as if nothing of it were known. @throws {AdvisoriesError} */
export async function* itemsOf(part: FeedPart, signal?: AbortSignal): AsyncIterable<FeedItem> {
  await using reading = await part.open(undefined, signal);
  yield* reading.items;
}
