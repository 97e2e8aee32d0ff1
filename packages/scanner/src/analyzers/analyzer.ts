import type { FileFacts } from '../layers/layer-facts.ts';
import type { ElfRanges } from './programs/elf-ranges.ts';

/** One file that an analyzer asked for. */
export type AnalyzedFile = {
  /** Without a leading slash. */
  readonly path: string;
  /** Only valid during the call. */
  readonly bytes: Buffer;
  /** Whether a path is one that application analyzers read: a file whose owner matters. */
  proves(path: string): boolean;
  /** Reports a part of the file that was passed over. */
  warn(message: string): void;
};

/** Reads one kind of package database or manifest. It says which files it wants and never opens anything itself. */
export interface Analyzer {
  readonly id: string;
  /** Goes up whenever its answers change, so that cached layers are read again. */
  readonly version: number;
  /** `system`: databases of the operating system. `application`: files that a system package may own. */
  readonly kind: 'system' | 'application';
  /** Largest file read, bytes; above it the file is a warning. */
  readonly maxFileBytes: number;
  /** It looks at small parts of large files: of their bytes a sixteenth counts as analyzed. */
  readonly readsSparsely?: boolean;
  /** Fixed places of its files and folders; when one of them is a symbolic link, the link is followed. */
  readonly places: readonly string[];
  /** How every path that it wants ends, four characters or more; without it, it is asked about every path. */
  readonly endings?: readonly string[];
  wants(path: string): boolean;
  /** May throw anything on a malformed file: the scan goes on and names the file. */
  read(file: AnalyzedFile): FileFacts;
}

/**
 * Reads programs as they stream by: it looks for something and keeps little. Its files are many and mostly tell
 * nothing, so links to them are not followed. Kind `application` in all else.
 */
export interface BinaryAnalyzer {
  readonly id: string;
  /** Goes up whenever its answers change, so that cached layers are read again. */
  readonly version: number;
  /** Smaller files are not shown to it. */
  readonly smallestBytes: number;
  /** Where what it looks for is: in what a program loads besides its code, or in what is not loaded. */
  readonly looksIn: 'loaded' | 'unloaded';
  wants(path: string): boolean;
  /** Called when the headers have been read: `elf` tells where the program's addresses are in its file. */
  open(path: string, elf: ElfRanges): ProgramSearch;
}

/** Looks for something in one program. */
export interface ProgramSearch {
  /**
   * Sees the next bytes, only valid during the call, which begin at `offset` of the file. Answers where in them begins
   * what it has to see again with the bytes that follow, at most their length; -1 when nothing that follows is of use.
   */
  look(window: Buffer, offset: number): number;
  /** What the program tells; asked once, at its end. */
  end(): FileFacts;
}

/** Longest name or version that is taken for one. npm allows 214, dpkg none; the inventory takes 4,096. */
const maxWordLength = 512;

/** Whether a text can be a package's name or version: one word of sane length, without control characters. */
export function isWord(text: unknown): text is string {
  return typeof text === 'string' && text.length <= maxWordLength && /^[^\s\p{Cc}]+$/u.test(text);
}
