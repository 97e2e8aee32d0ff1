import type { BlobRange } from './plan-reading.ts';
import type { ReadRange } from './read-contents.ts';

/** Largest part that is kept for the case that it is read again, bytes. Units that files share have 50 kB or so. */
const maxKeptBytes = 1024 * 1024;

/** Bytes at the end of a range that are read to keep the connection for the next one. */
const worthAConnection = 64 * 1024;

/**
 * Reads parts of a blob in rising order out of the ranges that are fetched, one request at a time. The same part may be
 * read several times in a row: small files share compressed units.
 */
export class RangeReader {
  readonly #readRange: ReadRange;
  readonly #ranges: BlobRange[];
  #pieces: AsyncIterator<Uint8Array> | undefined;
  /** What was fetched and not yet read; it lies at `#at` in the blob. */
  #rest: Uint8Array = new Uint8Array();
  #at = 0;
  /** Where the range that is being fetched ends. */
  #end = 0;
  /** What was read of the last part; it lies at `#keptAt`. */
  #kept: Uint8Array[] = [];
  #keptAt = 0;

  constructor(readRange: ReadRange, ranges: readonly BlobRange[]) {
    this.#readRange = readRange;
    this.#ranges = [...ranges];
  }

  /** The bytes of one part, in pieces; whoever has enough may stop early. */
  async *read({ start, end }: BlobRange): AsyncGenerator<Uint8Array> {
    const isKept = start === this.#keptAt && this.#at > start;
    if (isKept && this.#at - start <= maxKeptBytes) yield* this.#kept;
    else {
      if (start < this.#at) await this.#open({ start, end });
      while (start >= this.#end) await this.#open(this.#ranges.shift() ?? { start, end });
      while (this.#at < start) await this.#advance(start);
      this.#kept = [];
      this.#keptAt = start;
    }
    while (this.#at < end) {
      const piece = await this.#advance(end);
      if (this.#at - start <= maxKeptBytes) this.#kept.push(Uint8Array.from(piece));
      yield piece;
    }
  }

  async close(): Promise<void> {
    // A body that is left in the middle costs its connection; a short rest is cheaper.
    while (this.#pieces && this.#at < this.#end && this.#end - this.#at <= worthAConnection) {
      await this.#advance(this.#end);
    }
    await this.#pieces?.return?.();
    this.#pieces = undefined;
  }

  async #open({ start, end }: BlobRange): Promise<void> {
    await this.close();
    this.#pieces = this.#readRange(start, end)[Symbol.asyncIterator]();
    this.#rest = new Uint8Array();
    this.#at = start;
    this.#end = end;
  }

  /** The next bytes, none of them from `end` on. */
  async #advance(end: number): Promise<Uint8Array> {
    if (this.#rest.length === 0) {
      const next = await this.#pieces?.next();
      if (!next || next.done) throw new Error('A part of the blob ended too early');
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, end - this.#at);
    this.#rest = this.#rest.subarray(piece.length);
    this.#at += piece.length;
    return piece;
  }
}
