import type { VersionText } from './known-programs.ts';

/** Bytes from an anchor on that a pattern may need. */
const afterBytes = 192;
/** Bytes from before a text of its own on. */
const loneBytes = 32;
const [digit0, digit9, letterV] = [0x30, 0x39, 0x76];
/** Anchors looked at in one program; hostile ones have nothing else. */
const maxAnchors = 100_000;
/** Texts that could be the version, where no anchor tells which; above it none is. */
const maxCandidates = 100;

/** One text that is looked for, and what was found. */
type Sought = {
  readonly text: VersionText;
  readonly anchor: Buffer | undefined;
  readonly before: number;
  readonly found: Set<string>;
};

/** Looks for the version of a known program while its bytes pass by. */
export class VersionSearch {
  readonly #sought: readonly Sought[];
  readonly #keptBytes: number;
  #anchors = 0;

  /** `named` is what the program's `files` captured of the file's name. */
  constructor(texts: readonly VersionText[], named: string) {
    this.#sought = texts.map((text) => ({
      text,
      anchor: text.anchor && Buffer.from(text.anchor(named), 'latin1'),
      before: text.before ?? 0,
      found: new Set(),
    }));
    this.#keptBytes = afterBytes + Math.max(...this.#sought.map(({ before }) => before));
  }

  /** What the first text says that says one thing. */
  get version(): string | undefined {
    const telling = this.#sought.find(({ found }) => found.size === 1);
    return telling && [...telling.found][0];
  }

  /** As `ProgramSearch.look`. */
  look(window: Buffer): number {
    for (const sought of this.#sought) {
      if (sought.anchor) this.#lookAround(window, sought.anchor, sought);
      else this.#lookThrough(window, sought);
    }
    if (this.#sought[0]!.found.size > 0 && this.#sought[0]!.anchor) return -1;
    if (this.#anchors > maxAnchors) return -1;
    // What the window cuts off is seen again, whole.
    return Math.max(0, window.length - this.#keptBytes);
  }

  /** The first that is found after an anchor is believed. */
  #lookAround(window: Buffer, anchor: Buffer, { text, before, found }: Sought): void {
    for (let at = window.indexOf(anchor); at >= 0 && found.size === 0; at = window.indexOf(anchor, at + 1)) {
      this.#anchors += 1;
      if (this.#anchors > maxAnchors) return;
      take(text.pattern.exec(window.toString('latin1', Math.max(0, at - before), at + afterBytes)), found);
    }
  }

  /** Every text of its own that begins like a version: after what no text holds, and before a zero. */
  #lookThrough(window: Buffer, { text, found }: Sought): void {
    const end = window.length - loneBytes;
    for (let at = 0; at < end && found.size <= maxCandidates; at += 1) {
      const next = window[at + 1]!;
      if ((next < digit0 || next > digit9) && next !== letterV) continue;
      if (isPartOfText(window[at]!)) continue;
      take(text.pattern.exec(window.toString('latin1', at + 1, at + loneBytes)), found);
    }
  }
}

function take(match: RegExpExecArray | null, found: Set<string>): void {
  if (match) found.add(match.groups?.['version'] ?? match.slice(1).join('.'));
}

/** Letters, digits, and what joins them in names, paths and longer versions. */
function isPartOfText(byte: number): boolean {
  const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  return isLetter || (byte >= 0x2b && byte <= digit9) || byte === 0x5f || byte === 0x20;
}
