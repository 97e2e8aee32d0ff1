import { itemsOf, openFeed, type FeedPart } from '@plimsoll/advisories';

/** An OSV record as its document has it, as far as the naive evaluator and the generator of packages look at it. */
export type RawAdvisory = {
  readonly id: string;
  /** The ecosystem whose dump it stands in; it decides about the packages of that one only. */
  readonly dump: string;
  readonly modified: string;
  readonly withdrawn?: string;
  readonly summary?: string;
  readonly affected?: readonly RawAffected[];
};

export type RawAffected = {
  readonly package?: { readonly ecosystem: string; readonly name: string };
  readonly ranges?: readonly { readonly type: string; readonly events: readonly RawEvent[] }[];
  readonly versions?: readonly string[];
  readonly ecosystem_specific?: { readonly binaries?: readonly Readonly<Record<string, string>>[] };
};

export type RawEvent = {
  readonly introduced?: string;
  readonly fixed?: string;
  readonly last_affected?: string;
};

/** Reads all records of a folder of dumps, in all ecosystems it has. Only what the type names is kept. */
export async function readRawAdvisories(folder: string): Promise<RawAdvisory[]> {
  const records: RawAdvisory[] = [];
  for (const part of await openFeed(folder)) {
    for await (const item of itemsOf(part)) {
      if (!('advisory' in item)) continue;
      const { id, modified, withdrawn, summary, affected } = JSON.parse(
        Buffer.from(item.document).toString(),
      ) as RawAdvisory;
      records.push({
        id,
        dump: part.ecosystem,
        modified,
        ...(withdrawn ? { withdrawn } : {}),
        ...(summary ? { summary } : {}),
        ...(affected ? { affected: affected.filter((entry) => isDecided(part, entry)) } : {}),
      });
    }
  }
  return records;
}

function isDecided({ isDump, ecosystem }: FeedPart, entry: RawAffected): boolean {
  return !isDump || entry.package?.ecosystem.split(':', 1)[0] === ecosystem;
}

/** Of records with one id in one dump the newest, the first among equally new ones: what an import of all of them leaves. */
export function newestOfEach(records: readonly RawAdvisory[]): RawAdvisory[] {
  const newest = new Map<string, RawAdvisory>();
  for (const record of records) {
    const key = `${record.dump}\n${record.id}`;
    const known = newest.get(key);
    if (!known || new Date(known.modified) < new Date(record.modified)) newest.set(key, record);
  }
  return [...newest.values()];
}
