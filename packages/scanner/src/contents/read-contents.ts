import { createHash } from 'node:crypto';
import { openEngine, isCompressed } from '../layers/decompress.ts';
import { TarWalker } from '../layers/tar-walker.ts';
import type { ContentsClaim } from './contents-claim.ts';
import { parseContentsTable, type ContentsTable } from './contents-table.ts';
import { DoubtfulContents, requireSure } from './doubtful-contents.ts';

/** Answers the bytes of the blob from `start` up to but not including `end`. */
export type ReadRange = (start: number, end: number) => AsyncIterable<Uint8Array>;

/**
 * Largest table, bytes of JSON: about 50,000 entries. It is parsed on the main thread, where 16 MiB take 0.1 s; a layer
 * with a larger one is read whole.
 */
const maxTableBytes = 16 * 1024 * 1024;

/** At the end of every eStargz blob (docs/estargz.md): an empty gzip member whose extra field tells where the table is. */
const footerBytes = 51;
/** Two letters and the length, 22. */
const footerField = 'SG\u0016\0';
const tableFile = 'stargz.index.json';

/**
 * Fetches the table of contents that a manifest claims a layer to have, and checks it against the claim.
 * @throws {DoubtfulContents} when it is not there, too large, or another one.
 */
export async function readContents(
  claim: ContentsClaim,
  sizeBytes: number,
  readRange: ReadRange,
): Promise<ContentsTable> {
  const { start, json } = await (claim.form === 'estargz'
    ? readStargz(claim, sizeBytes, readRange)
    : readChunked(claim, readRange));
  return parseContentsTable(json, start);
}

async function readStargz({ digest }: ContentsClaim, sizeBytes: number, readRange: ReadRange) {
  requireSure(sizeBytes > footerBytes, 'The layer is too small for a footer');
  const end = sizeBytes - footerBytes;
  const footer = await collect(readRange(end, sizeBytes), footerBytes);
  // Gzip header with an extra field (RFC 1952): ten bytes, two of length, then the field.
  const field = footer.toString('latin1', 12, 38);
  const [, place] = /^([0-9a-f]{16})STARGZ$/.exec(field.slice(footerField.length)) ?? [];
  const isFooter = field.startsWith(footerField) && isCompressed(footer);
  requireSure(place !== undefined && isFooter, 'The layer ends without a footer');
  const start = Number.parseInt(place, 16);
  requireSure(start < end && end - start <= maxTableBytes, 'The table of contents is too large');
  const tar = await plain(await collect(readRange(start, end), end - start), maxTableBytes);
  const json = fileOf(tar);
  requireSure(json !== undefined && sha256(json) === digest, 'The table of contents is another one');
  return { start, json };
}

async function readChunked(claim: ContentsClaim & { form: 'zstd-chunked' }, readRange: ReadRange) {
  const { start, storedBytes, plainBytes, digest } = claim;
  requireSure(Math.max(storedBytes, plainBytes) <= maxTableBytes, 'The table of contents is too large');
  const stored = await collect(readRange(start, start + storedBytes), storedBytes);
  requireSure(sha256(stored) === digest, 'The table of contents is another one');
  const json = await plain(stored, plainBytes);
  // Skippable frames, which hide the table from whoever reads the layer, have a head of eight bytes.
  return { start: start - 8, json };
}

/** The one file in the tar that holds an eStargz table. */
function fileOf(tar: Buffer): Buffer | undefined {
  let found: Buffer | undefined;
  const walker = new TarWalker({
    entry: ({ path }) => path === tableFile,
    body: (_entry, bytes) => (found = Buffer.from(bytes)),
  });
  walker.write(tar);
  return found;
}

async function plain(stored: Buffer, maxBytes: number): Promise<Buffer> {
  requireSure(isCompressed(stored), 'The table of contents is not compressed');
  const engine = openEngine(stored);
  try {
    return await collect(engine.write(stored), maxBytes);
  } finally {
    engine.close();
  }
}

async function collect(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Buffer> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > maxBytes) throw new DoubtfulContents('There are more bytes than there can be');
    // Pieces are only valid until the next one.
    kept.push(Buffer.from(piece));
  }
  return Buffer.concat(kept, size);
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
