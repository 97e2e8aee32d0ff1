import type { Feed, FeedFile, FeedItem } from '../feed.ts';
import { contentsOf, readJson } from '../feed-file.ts';
import { readJsonl } from '../jsonl-records.ts';
import { readOsvRecord } from '../read-osv-record.ts';
import { readZip, type ArchivedFile } from '../zip-records.ts';

/** OSV records (ossf.github.io/osv-schema): a zip of them, one per line, or a single one. */
export const osv: Feed = {
  id: 'osv',
  kind: 'advisories',
  recognizes: (file) => isZip(file) || isLines(file) || /^\s*\{[^]*"modified"\s*:/.test(file.head),
  async *read(file, signal) {
    if (isZip(file)) yield* items(readZip(file.path, signal));
    else if (isLines(file)) yield* items(readJsonl(contentsOf(file, signal)));
    else yield osvItem(file.name, (await readJson(file, signal)).bytes);
  },
};

/** Reads one record; one that cannot be read becomes a fault of that name. */
export function osvItem(name: string, document: Uint8Array, deflated?: Uint8Array): FeedItem {
  try {
    return { advisory: readOsvRecord(document), document, deflated };
  } catch (error) {
    return { fault: { name, reason: (error as Error).message } };
  }
}

function isZip({ head }: FeedFile): boolean {
  return head.startsWith('PK');
}

function isLines({ name }: FeedFile): boolean {
  return /\.(?:jsonl|ndjson)$/i.test(name);
}

async function* items(files: AsyncIterable<ArchivedFile>): AsyncIterable<FeedItem> {
  for await (const file of files) {
    yield 'bytes' in file ? osvItem(file.name, file.bytes, file.deflated) : { fault: file };
  }
}
