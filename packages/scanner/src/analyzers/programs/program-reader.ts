import type { FileFacts } from '../../layers/layer-facts.ts';
import type { BinaryAnalyzer, ProgramSearch } from '../analyzer.ts';
import { readElfRanges, type ElfRanges } from './elf-ranges.ts';
import { SlidingWindow } from './sliding-window.ts';

type Running = {
  readonly looksIn: BinaryAnalyzer['looksIn'];
  readonly search: ProgramSearch;
  readonly window: SlidingWindow;
};

/** Begins to read a file that streams by, for all analyzers that want it; undefined when none does. */
export function openProgram(
  path: string,
  sizeBytes: number,
  analyzers: readonly BinaryAnalyzer[],
): ProgramReader | undefined {
  const wanting = analyzers.filter((analyzer) => sizeBytes >= analyzer.smallestBytes && analyzer.wants(path));
  return wanting.length > 0 ? new ProgramReader(path, wanting, sizeBytes) : undefined;
}

/**
 * Leads the bytes of one program past every search, each to the parts of it that the search is about. Machine code,
 * mostly the larger half, is passed over.
 */
export class ProgramReader {
  readonly #path: string;
  readonly #analyzers: readonly BinaryAnalyzer[];
  readonly #sizeBytes: number | undefined;
  #running: readonly Running[] = [];
  #ranges: ElfRanges | undefined;
  #head: Buffer | undefined = Buffer.alloc(0);
  #position = 0;
  #isOpen = true;

  constructor(path: string, analyzers: readonly BinaryAnalyzer[], sizeBytes?: number) {
    this.#path = path;
    this.#analyzers = analyzers;
    this.#sizeBytes = sizeBytes;
  }

  /** Whether the program's headers lie about it. */
  get isDoubtful(): boolean {
    return this.#ranges?.isDoubtful === true;
  }

  /** Takes the next bytes, only valid during the call; answers whether more are of use. */
  write(bytes: Buffer): boolean {
    if (!this.#isOpen) return false;
    if (!this.#head) return this.#pass(bytes);
    const head = this.#head.length > 0 ? Buffer.concat([this.#head, bytes]) : bytes;
    const ranges = readElfRanges(head, this.#sizeBytes);
    if (ranges === 'incomplete') {
      this.#head = Buffer.from(head);
      return true;
    }
    this.#head = undefined;
    this.#isOpen = ranges !== undefined;
    if (!ranges) return false;
    this.#ranges = ranges;
    this.#running = this.#analyzers.map((analyzer) => {
      const search = analyzer.open(this.#path, ranges);
      return { looksIn: analyzer.looksIn, search, window: new SlidingWindow(search) };
    });
    return this.#pass(head);
  }

  /** What the file tells; asked once, at its end. */
  end(): FileFacts {
    for (const { window } of this.#running) window.end();
    const packages = this.#running.flatMap(({ search }) => search.end().packages ?? []);
    return packages.length > 0 ? { packages } : {};
  }

  #pass(bytes: Buffer): boolean {
    const from = this.#position;
    this.#position += bytes.length;
    for (const { looksIn, window } of this.#running) {
      for (const { start, end } of this.#ranges![looksIn]) {
        if (end <= from || start >= this.#position) continue;
        const first = Math.max(start, from);
        window.write(bytes.subarray(first - from, Math.min(end, this.#position) - from), first);
      }
    }
    this.#isOpen = this.#running.some(({ window }) => window.isOpen);
    return this.#isOpen;
  }
}
