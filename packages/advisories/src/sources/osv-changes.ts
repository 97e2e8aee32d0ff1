import { AdvisoriesError } from '../advisories-error.ts';
import { downloadRecord, openLines } from '../download.ts';
import type { FeedItem, Known, Reading, RecordVersion } from '../feed.ts';
import { osvItem } from '../feeds/osv.ts';
import { instantOf } from '../json-fields.ts';
import { nothing } from './file-part.ts';

/** Records that were written out of order are found again within this time. */
const overlapMs = 24 * 60 * 60 * 1000;
/** With more changes than this the whole archive is less work, for both sides. */
const maxChanges = 2_000;
/** Lines of the list that are looked at: a busy day of the largest ecosystem, several times. */
const maxListed = 50_000;
/** Records fetched at a time. */
const concurrency = 8;

/**
 * Reads the records of an ecosystem that changed since an instant, by its `modified_id.csv` (newest first). Undefined
 * when there is no such list, when too many changed, or when single records are not offered.
 */
export async function readChanges(
  folder: string,
  newestModified: Date,
  { validator, unknownOf = async (records) => records.map(({ id }) => id) }: Known,
  signal?: AbortSignal,
): Promise<Reading | undefined> {
  const listed = await changedSince(`${folder}/modified_id.csv`, newestModified, signal);
  const ids = listed && (await unknownOf(listed));
  if (!ids || ids.length > maxChanges) return undefined;
  const address = (id: string) => `${folder}/${encodeURIComponent(id)}.json`;
  const [first, ...rest] = ids;
  const probe = first === undefined ? undefined : await fetched(address(first), signal);
  if (first !== undefined && !probe) return undefined;
  return {
    feed: 'osv',
    kind: 'advisories',
    extent: first === undefined ? 'nothing' : 'some',
    // That of the archive, which was not asked for.
    validator,
    items:
      first === undefined || !probe
        ? nothing()
        : records(osvItem(`${first}.json`, probe), rest, address, signal),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Records after the newest known instant, less the overlap; undefined without a list or with too many. */
async function changedSince(
  address: string,
  newestModified: Date,
  signal: AbortSignal | undefined,
): Promise<RecordVersion[] | undefined> {
  const since = newestModified.getTime() - overlapMs;
  const records: RecordVersion[] = [];
  try {
    for await (const line of openLines(address, signal)) {
      const [at, id] = line.split(',', 2);
      const modified = instantOf(at);
      if (!modified || !id) continue;
      if (new Date(modified).getTime() < since) return records;
      if (records.push({ id, modified }) > maxListed) return undefined;
    }
  } catch (error) {
    if (error instanceof AdvisoriesError && error.code === 'not-found') return undefined;
    throw error;
  }
  return records;
}

async function* records(
  first: FeedItem,
  rest: readonly string[],
  address: (id: string) => string,
  signal: AbortSignal | undefined,
): AsyncIterable<FeedItem> {
  yield first;
  for (let start = 0; start < rest.length; start += concurrency) {
    const documents = await Promise.all(
      rest
        .slice(start, start + concurrency)
        .map(async (id) => ({ id, document: await fetched(address(id), signal) })),
    );
    for (const { id, document } of documents) {
      const name = `${id}.json`;
      yield document
        ? osvItem(name, document)
        : { fault: { name, reason: 'it is listed but cannot be fetched' } };
    }
  }
}

/** A record, or undefined when there is none at its address. */
async function fetched(address: string, signal: AbortSignal | undefined): Promise<Buffer | undefined> {
  try {
    return await downloadRecord(address, signal);
  } catch (error) {
    if (error instanceof AdvisoriesError && error.code === 'not-found') return undefined;
    throw error;
  }
}
