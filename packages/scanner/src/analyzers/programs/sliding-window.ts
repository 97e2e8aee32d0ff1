import type { ProgramSearch } from '../analyzer.ts';

/** Bytes after what was kept that are shown together with it, copied; the rest of a piece is shown where it lies. */
const seamBytes = 4 * 1024;
/** What a search may keep; each has a smaller limit of its own. */
const maxKeptBytes = 4 * 1024 * 1024;

/**
 * Shows a search the bytes of a file piece by piece, such that nothing falls between two pieces, and copies little.
 * A search that waits for the end of something long is shown it again each time it has doubled, so that many small
 * pieces cost no more than few large ones.
 */
export class SlidingWindow {
  readonly #search: ProgramSearch;
  /** The last bytes before `#next`, and before those that wait. */
  #kept: Buffer = Buffer.alloc(0);
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #next = 0;
  #isOpen = true;

  constructor(search: ProgramSearch) {
    this.#search = search;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Takes bytes, only valid during the call, from an offset of the file; a gap before them is a gap for the search. */
  write(bytes: Buffer, offset: number): void {
    if (!this.#isOpen) return;
    if (offset !== this.#next) this.#forget();
    this.#next = offset + bytes.length;
    if (this.#kept.length > seamBytes) this.#wait(bytes);
    else if (this.#kept.length === 0) this.#look(bytes, 0, offset);
    else this.#lookAcross(bytes, offset);
  }

  /** Shows what still waits. */
  end(): void {
    if (this.#isOpen && this.#waitingBytes > 0) this.#lookAtWaiting();
  }

  /** What was kept and the beginning of the piece first, then the piece from where the search is done with that. */
  #lookAcross(bytes: Buffer, offset: number): void {
    const keptBytes = this.#kept.length;
    const seam = Buffer.concat([this.#kept, bytes.subarray(0, seamBytes)]);
    const undecided = this.#show(seam, offset - keptBytes);
    if (!this.#isOpen) return;
    if (bytes.length <= seamBytes) this.#keep(seam, undecided);
    else if (undecided >= keptBytes) this.#look(bytes, undecided - keptBytes, offset);
    else {
      const whole = Buffer.concat([this.#kept, bytes]);
      this.#keep(whole, this.#show(whole, offset - keptBytes));
    }
  }

  #look(bytes: Buffer, from: number, offset: number): void {
    const window = from === 0 ? bytes : bytes.subarray(from);
    this.#keep(window, this.#show(window, offset + from));
  }

  #wait(bytes: Buffer): void {
    this.#waiting.push(Buffer.from(bytes));
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= this.#kept.length) this.#lookAtWaiting();
  }

  #lookAtWaiting(): void {
    const window = Buffer.concat([this.#kept, ...this.#waiting]);
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#keep(window, this.#show(window, this.#next - window.length));
  }

  #show(window: Buffer, offset: number): number {
    const undecided = this.#search.look(window, offset);
    if (undecided < 0 || window.length - undecided > maxKeptBytes) this.#isOpen = false;
    return undecided;
  }

  #keep(window: Buffer, from: number): void {
    this.#kept = this.#isOpen ? Buffer.from(window.subarray(from)) : Buffer.alloc(0);
  }

  #forget(): void {
    this.end();
    this.#kept = Buffer.alloc(0);
  }
}
