import { setImmediate } from 'node:timers/promises';
import { Digest } from '@plimsoll/contracts';
import { z } from 'zod';
import type { TarEntryType } from '../layers/tar-header.ts';
import { DoubtfulContents, requireSure } from './doubtful-contents.ts';

/** A piece of a file: where it is stored, and what its bytes must be. */
export type ContentsChunk = {
  /** Where its compressed bytes begin in the blob; undefined for a piece of zeros, which is not stored. */
  readonly start: number | undefined;
  /** What comes before it in the same compressed unit, plain bytes. */
  readonly skipBytes: number;
  readonly sizeBytes: number;
  /** Of its plain bytes. */
  readonly digest: string;
};

/** One entry of a layer, as its table of contents tells of it. */
export type ContentsEntry = {
  readonly type: TarEntryType;
  readonly path: string;
  readonly target: string;
  readonly sizeBytes: number;
  /** In order, together the file. Empty for what is no file. */
  readonly chunks: readonly ContentsChunk[];
};

/** A layer's table of contents. */
export type ContentsTable = {
  /** In the order of the layer's tar. */
  readonly entries: readonly ContentsEntry[];
  /** Every place where some compressed unit begins or ends, rising; the last is where the table itself begins. */
  readonly boundaries: readonly number[];
};

const Bytes = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** The fields of both forms: they grew from the same one (stargz). */
const Entry = z.object({
  type: z.string(),
  name: z.string(),
  linkName: z.string().optional(),
  size: Bytes.optional(),
  digest: Digest.optional().catch(undefined),
  offset: Bytes.optional(),
  endOffset: Bytes.optional(),
  innerOffset: Bytes.optional(),
  chunkOffset: Bytes.optional(),
  chunkSize: Bytes.optional(),
  chunkDigest: Digest.optional().catch(undefined),
  chunkType: z.string().optional(),
});
type Entry = z.infer<typeof Entry>;

const Table = z.object({ version: z.literal(1), entries: z.array(z.unknown()) });

/** Entries read before others get their turn: about two milliseconds. */
const entriesPerTurn = 500;

const types: Readonly<Record<string, TarEntryType>> = {
  reg: 'file',
  dir: 'directory',
  symlink: 'symlink',
  hardlink: 'link',
  char: 'device',
  block: 'device',
  fifo: 'device',
};

/**
 * Reads a table of contents, JSON of eStargz (`stargz.index.json`) or zstd:chunked.
 * @param end where the table begins in the blob: everything that it tells of lies before
 * @throws {DoubtfulContents} when anything in it is not as it must be, for then the layer itself must tell.
 */
export async function parseContentsTable(json: Buffer, end: number): Promise<ContentsTable> {
  let document: unknown;
  try {
    document = JSON.parse(json.toString('utf8'));
  } catch {
    throw new DoubtfulContents('The table of contents is no JSON');
  }
  const table = Table.safeParse(document);
  requireSure(table.success, 'The table of contents has no entries, or is of an unknown version');
  const entries: ContentsEntry[] = [];
  const boundaries = new Set([end]);
  let open: OpenFile | undefined;
  for (const [index, raw] of table.data.entries.entries()) {
    if (index % entriesPerTurn === 0) await setImmediate();
    const parsed = Entry.safeParse(raw);
    requireSure(parsed.success, 'An entry of the table of contents is not of the form it must have');
    const entry = parsed.data;
    for (const place of [entry.offset, entry.endOffset]) if (place) boundaries.add(place);
    if (entry.type === 'chunk') {
      requireSure(open?.path === entry.name, 'A chunk does not follow its file');
      open.add(entry);
      continue;
    }
    open?.close();
    const type = types[entry.type];
    requireSure(
      type !== undefined && !/\0/.test(entry.name + entry.linkName),
      `There is a ${entry.type} in it`,
    );
    open = type === 'file' ? new OpenFile(entry) : undefined;
    entries.push({
      type,
      path: entry.name,
      target: entry.linkName ?? '',
      sizeBytes: open?.sizeBytes ?? 0,
      chunks: open?.chunks ?? [],
    });
  }
  open?.close();
  const sorted = [...boundaries].toSorted((a, b) => a - b);
  requireSure(sorted.at(-1) === end, 'The table of contents tells of places behind itself');
  return { entries, boundaries: sorted };
}

/** A file whose chunks are still coming. */
class OpenFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly chunks: ContentsChunk[] = [];
  readonly #digest: Digest | undefined;
  #known = 0;

  constructor(entry: Entry) {
    this.path = entry.name;
    this.sizeBytes = entry.size ?? 0;
    this.#digest = entry.digest;
    if (this.sizeBytes > 0) this.add(entry);
  }

  add({ offset, innerOffset = 0, chunkOffset = 0, chunkSize = 0, chunkDigest, chunkType }: Entry): void {
    requireSure(chunkOffset === this.#known, 'The chunks of a file do not follow one another');
    const left = this.sizeBytes - this.#known;
    // A last chunk need not say how large it is.
    const sizeBytes = chunkSize === 0 ? left : chunkSize;
    requireSure(sizeBytes > 0 && sizeBytes <= left, 'The chunks of a file are larger than the file');
    // A file of one chunk need not say its digest twice.
    const digest = chunkDigest ?? (sizeBytes === this.sizeBytes ? this.#digest : undefined);
    requireSure(digest !== undefined, 'A chunk has no digest');
    const isHole = chunkType === 'zeros';
    requireSure(isHole || offset !== undefined, 'A chunk has no place');
    this.chunks.push({ start: isHole ? undefined : offset, skipBytes: innerOffset, sizeBytes, digest });
    this.#known += sizeBytes;
  }

  close(): void {
    requireSure(this.#known === this.sizeBytes, 'The chunks of a file are less than the file');
  }
}
