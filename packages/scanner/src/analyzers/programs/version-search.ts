import type { KnownProgram } from './known-programs.ts';

/** Bytes from an anchor on that a pattern may need. */
const afterBytes = 192;
/** Bytes from before a text of its own on. */
const loneBytes = 32;
const [digit0, digit9, letterV] = [0x30, 0x39, 0x76];
/** Anchors looked at in one program; hostile ones have nothing else. */
const maxAnchors = 100_000;
/** Texts that could be the version, where no anchor tells which; above it none is. */
const maxCandidates = 100;

/** Looks for the version of a known program while its bytes pass by. */
export class VersionSearch {
  readonly #program: KnownProgram;
  readonly #anchor: Buffer | undefined;
  readonly #before: number;
  readonly #candidates = new Set<string>();
  #anchors = 0;

  /** `named` is what the program's `files` captured of the file's name. */
  constructor(program: KnownProgram, named: string) {
    this.#program = program;
    this.#anchor = program.anchor && Buffer.from(program.anchor(named), 'latin1');
    this.#before = program.before ?? 0;
  }

  /** What was found; without an anchor, only when a single text could be it. */
  get version(): string | undefined {
    const [version] = this.#candidates;
    return this.#candidates.size === 1 ? (this.#program.prefix ?? '') + version : undefined;
  }

  /** As `ProgramSearch.look`. */
  look(window: Buffer): number {
    if (!this.#anchor) return this.#lookThrough(window);
    const from = Math.max(0, window.length - afterBytes - this.#before);
    for (let at = window.indexOf(this.#anchor); at >= 0; at = window.indexOf(this.#anchor, at + 1)) {
      this.#anchors += 1;
      if (this.#anchors > maxAnchors) return -1;
      // What the window cuts off is seen again, whole.
      const text = window.toString('latin1', Math.max(0, at - this.#before), at + afterBytes);
      if (this.#take(this.#program.pattern.exec(text))) return -1;
    }
    return from;
  }

  /** Every text of its own that begins like a version: after a zero, or what Go's linker puts there. */
  #lookThrough(window: Buffer): number {
    const end = window.length - loneBytes;
    for (let at = 0; at < end; at += 1) {
      if (window[at] !== 0 && window[at] !== 0x1f) continue;
      const next = window[at + 1]!;
      if (next !== letterV && (next < digit0 || next > digit9)) continue;
      this.#take(this.#program.pattern.exec(window.toString('latin1', at + 1, at + loneBytes)));
    }
    return this.#candidates.size > maxCandidates ? -1 : Math.max(0, end);
  }

  #take(match: RegExpExecArray | null): boolean {
    if (!match) return false;
    this.#candidates.add(match.groups?.['version'] ?? match.slice(1).join('.'));
    return true;
  }
}
