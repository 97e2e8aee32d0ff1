import { createHash } from 'node:crypto';
import { analyzers, binaryAnalyzers } from '../analyzers/index.ts';
import { isCompressed, openEngine } from '../layers/decompress.ts';
import { FactsCollector } from '../layers/facts-collector.ts';
import type { LayerTask } from '../layers/read-layer.ts';
import type { ContentsClaim } from './contents-claim.ts';
import type { ContentsChunk, ContentsTable } from './contents-table.ts';
import { requireSure } from './doubtful-contents.ts';
import { planReading, rangeOf, type PlannedEntry } from './plan-reading.ts';
import { RangeReader } from './range-reader.ts';
import { readContents, type ReadRange } from './read-contents.ts';
import { tarEnd, tarHead, tarPadding, tarStart } from '../layers/tar-entry.ts';

/** Zeros are handed on in pieces of this size, bytes. */
const pieceBytes = 64 * 1024;

/** Largest body that a tar header without extensions can announce. */
const maxBodyBytes = 0o77777777777;

/**
 * A layer as a tar that holds every entry, and the bodies of those files only that analyzers want: the others are
 * empty. Fetched by the layer's table of contents, each chunk checked against its digest in there. Read as a layer, it
 * tells the same as the whole one.
 * @throws {DoubtfulContents} at the first thing that is not sure.
 */
export async function* partialLayer(
  claim: ContentsClaim,
  task: LayerTask,
  readRange: ReadRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { sizeBytes } = task;
  let tableBytes = 0;
  const counted: ReadRange = (start, end) => {
    tableBytes += end - start;
    return readRange(start, end);
  };
  const table = await readContents(claim, sizeBytes, counted);
  const collector = new FactsCollector(analyzers, { ...task, binaryAnalyzers });
  const { entries, ranges } = await planReading(table, collector, { sizeBytes, tableBytes }, signal);
  const reader = new RangeReader(readRange, ranges);
  try {
    yield* writeEntries(entries, table, reader);
  } finally {
    await reader.close();
  }
}

async function* writeEntries(
  entries: readonly PlannedEntry[],
  { boundaries }: ContentsTable,
  reader: RangeReader,
): AsyncGenerator<Uint8Array> {
  yield tarStart();
  for (const entry of entries) {
    const bodyBytes = entry.isWanted ? entry.sizeBytes : 0;
    requireSure(bodyBytes <= maxBodyBytes, 'A file is too large');
    yield tarHead({ ...entry, sizeBytes: bodyBytes });
    if (bodyBytes === 0) continue;
    for (const chunk of entry.chunks) yield* readChunk(chunk, boundaries, reader);
    yield tarPadding(bodyBytes);
  }
  yield tarEnd();
}

/** The plain bytes of a chunk. They are checked when all have been handed on, so the caller must hear of the throw. */
async function* readChunk(
  chunk: ContentsChunk,
  boundaries: readonly number[],
  reader: RangeReader,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const range = rangeOf(chunk, boundaries);
  const pieces = range ? unpacked(reader.read(range), chunk) : zeros(chunk.sizeBytes);
  let left = chunk.sizeBytes;
  for await (const piece of pieces) {
    left -= piece.length;
    hash.update(piece);
    yield piece;
  }
  requireSure(left === 0, 'A chunk is shorter than the table of contents says');
  requireSure(`sha256:${hash.digest('hex')}` === chunk.digest, 'A chunk has another digest');
}

/** Decompresses a chunk's unit as far as the chunk goes: what follows in it is not the chunk's. */
async function* unpacked(
  stored: AsyncIterable<Uint8Array>,
  { skipBytes, sizeBytes }: ContentsChunk,
): AsyncGenerator<Uint8Array> {
  let engine: ReturnType<typeof openEngine> | undefined;
  let head = Buffer.alloc(0);
  let skip = skipBytes;
  let left = sizeBytes;
  try {
    for await (const piece of stored) {
      let input: Uint8Array = piece;
      if (!engine) {
        input = head = Buffer.concat([head, piece]);
        if (head.length < 4) continue;
        requireSure(isCompressed(head), 'A chunk is not compressed');
        engine = openEngine(head);
      }
      for await (const plain of engine.write(input)) {
        const wanted = plain.subarray(Math.min(skip, plain.length)).subarray(0, left);
        skip -= Math.min(skip, plain.length);
        left -= wanted.length;
        if (wanted.length > 0) yield wanted;
        if (left === 0) return;
      }
    }
  } finally {
    engine?.close();
  }
}

function* zeros(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= pieceBytes) yield Buffer.alloc(Math.min(left, pieceBytes));
}
