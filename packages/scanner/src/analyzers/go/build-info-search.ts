import { readInlineBuildInfo, type BuildInfo } from './inline-build-info.ts';

const blobMagic = mark(Buffer.from('\xff Go buildinf:', 'latin1'), 2);
/** Around the text of the modules, in every binary since Go 1.13. */
const modulesStart = mark(Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex'), 2);
const modulesEnd = mark(Buffer.from('f932433186182072008242104116d8f2', 'hex'), 2);
/** How the versions begin whose build info does not hold the version itself: 1.13 to 1.17. */
const oldVersion = Buffer.from('go1.1');
const oldVersionBytes = 12;

/** Build info of 1,000 modules has 100 kB; what claims more is none. */
const maxBlobBytes = 1024 * 1024;
/** Go's own tools hold the magic once more than others; a file full of it is hostile. */
const maxFalseMagics = 20;
/** Texts looked at for the version; a program with its debug data has some hundreds. */
const maxOldVersions = 10_000;

/**
 * Looks for the build info of a Go program while its bytes pass by (golang/go, `debug/buildinfo`). Since Go 1.18 all
 * of it follows a magic. Before, pointers do, which cannot be followed backwards in a stream: the modules are found by
 * their own marks, and the version where exactly one text in the file can be it.
 */
export class BuildInfoSearch {
  #info: BuildInfo | undefined;
  #falseMagics = 0;
  #isOld = false;
  #oldModules: string | undefined;
  readonly #oldVersions = new Set<string>();
  #oldVersionsSeen = 0;

  /** As `ProgramSearch.look`. */
  look(window: Buffer): number {
    const undecided = Math.min(this.#findBlob(window), this.#findOldModules(window));
    if (this.#info || this.#falseMagics > maxFalseMagics) return -1;
    this.#findOldVersions(window);
    // What may be the beginning of a mark is seen again.
    return Math.max(0, Math.min(undecided, window.length - modulesStart.bytes.length + 1));
  }

  /** What was found; undefined when the file is no Go program. */
  end(): BuildInfo | undefined {
    if (this.#info || !this.#isOld) return this.#info;
    const [version = ''] = this.#oldVersions.size === 1 ? this.#oldVersions : [];
    return { version, modules: this.#oldModules ?? '' };
  }

  /** Answers where a blob begins that does not end in the window; its end when there is none. */
  #findBlob(window: Buffer): number {
    for (let at = findMark(window, blobMagic); at >= 0; at = findMark(window, blobMagic, at + 1)) {
      const found = readInlineBuildInfo(window.subarray(at, at + maxBlobBytes));
      if (found === 'incomplete' && window.length - at < maxBlobBytes) return at;
      if (found === 'pointers') this.#isOld = true;
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

  #findOldModules(window: Buffer): number {
    if (this.#oldModules !== undefined || this.#info) return window.length;
    const start = findMark(window, modulesStart);
    if (start < 0) return window.length;
    const end = findMark(window, modulesEnd, start);
    if (end < 0 && window.length - start < maxBlobBytes) return start;
    this.#oldModules = end < 0 ? '' : window.toString('utf8', start + modulesStart.bytes.length, end);
    return window.length;
  }

  #findOldVersions(window: Buffer): void {
    for (let at = window.indexOf(oldVersion); at >= 0; at = window.indexOf(oldVersion, at + 1)) {
      // What the window cuts off is in the next one.
      if (this.#oldVersionsSeen === maxOldVersions || at + oldVersionBytes > window.length) return;
      this.#oldVersionsSeen += 1;
      const text = window.toString('latin1', at, at + oldVersionBytes);
      const version = /^go1\.1[3-7](?:\.\d{1,2})?(?![\d.])/.exec(text)?.[0];
      if (version) this.#oldVersions.add(version);
    }
  }
}

type Mark = { readonly bytes: Buffer; readonly rare: Buffer; readonly rareAt: number };

/** Six bytes are found ten times as fast as sixteen: up to there Node compares byte by byte, above it builds tables. */
function mark(bytes: Buffer, rareAt: number): Mark {
  return { bytes, rare: bytes.subarray(rareAt, rareAt + 6), rareAt };
}

function findMark(window: Buffer, { bytes, rare, rareAt }: Mark, from = 0): number {
  for (let at = window.indexOf(rare, from + rareAt); at >= 0; at = window.indexOf(rare, at + 1)) {
    const start = at - rareAt;
    if (window.subarray(start, start + bytes.length).equals(bytes)) return start;
  }
  return -1;
}
