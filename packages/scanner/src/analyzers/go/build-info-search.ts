import type { ElfRanges } from '../programs/elf-ranges.ts';
import { findMark, mark } from './find-mark.ts';
import { readInlineBuildInfo, type BuildInfo } from './inline-build-info.ts';
import { OldBuildInfo } from './old-build-info.ts';

const blobMagic = mark(Buffer.from('\xff Go buildinf:', 'latin1'), 2);

/** Build info of 1,000 modules has 100 kB; what claims more is none. */
const maxBlobBytes = 1024 * 1024;
/** Go's own tools hold the magic once more than others; a file full of it is hostile. */
const maxFalseMagics = 20;

/** One byte less than the longest mark has. */
const cutMarkBytes = 15;

/**
 * Looks for the build info of a Go program while its bytes pass by (golang/go, `debug/buildinfo`). Since Go 1.18 all
 * of it follows a magic; before, addresses do.
 */
export class BuildInfoSearch {
  readonly #old: OldBuildInfo;
  #info: BuildInfo | undefined;
  #falseMagics = 0;

  constructor(elf: ElfRanges) {
    this.#old = new OldBuildInfo(elf);
  }

  /** As `ProgramSearch.look`. */
  look(window: Buffer, offset: number): number {
    const undecided = this.#findBlob(window, offset);
    if (this.#info || this.#falseMagics > maxFalseMagics) return -1;
    // What may be the beginning of a mark is seen again.
    return Math.min(undecided, this.#old.look(window, offset), Math.max(0, window.length - cutMarkBytes));
  }

  /** What was found; undefined when the file is no Go program. */
  end(): BuildInfo | undefined {
    return this.#info ?? this.#old.end();
  }

  /** Answers where a blob begins that does not end in the window; its end when there is none. */
  #findBlob(window: Buffer, offset: number): number {
    for (let at = findMark(window, blobMagic); at >= 0; at = findMark(window, blobMagic, at + 1)) {
      const found = readInlineBuildInfo(window.subarray(at, at + maxBlobBytes));
      if (found === 'incomplete' && window.length - at < maxBlobBytes) return at;
      if (found === 'pointers') this.#old.takeHeader(window.subarray(at), offset + at);
      else if (typeof found === 'object') {
        this.#info = found;
        break;
      } else {
        this.#falseMagics += 1;
        if (this.#falseMagics > maxFalseMagics) break;
      }
    }
    return window.length;
  }
}
