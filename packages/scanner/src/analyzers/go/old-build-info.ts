import type { ElfRanges } from '../programs/elf-ranges.ts';
import { findMark, mark } from './find-mark.ts';
import type { BuildInfo } from './inline-build-info.ts';

/** Around the text of the modules, in every binary since Go 1.13. */
const modulesStart = mark(Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex'), 2);
const modulesEnd = mark(Buffer.from('f932433186182072008242104116d8f2', 'hex'), 2);
/** How the versions begin whose build info does not hold the version itself: 1.13 to 1.17. */
const version = Buffer.from('go1.1');
/** The longest is `go1.17.13 X:` and the names of experiments. */
const maxVersionBytes = 64;

/** Where a header begins, in memory and so in the file. */
const alignment = 16;

/** Texts of modules: Go's own tools hold the marks once more, between other constants. */
const maxModules = 8;
/** Texts looked at for the version; a program with its debug data has some hundreds. */
const maxVersions = 10_000;
/** What longer text of modules is none: 1,000 modules have 100 kB. */
const maxModulesBytes = 1024 * 1024;

/** A text of a running Go program: its address and length, and where in the file these two stand. */
type Pointer = { readonly at: number; text?: { offset: number | undefined; bytes: number } };

/**
 * The build info of Go 1.13 to 1.17 (golang/go, `debug/buildinfo`): a header with the addresses of two text variables,
 * which hold the addresses of their texts. The texts lie before the header in the file and the variables behind it,
 * as Go's own linker writes them, so every text that could be meant is remembered and the addresses say which it was.
 * Where they lead nowhere, as other linkers may have it, the version is the only text in the file that can be it.
 */
export class OldBuildInfo {
  readonly #elf: ElfRanges;
  readonly #versions = new Map<number, string>();
  readonly #modules = new Map<number, string>();
  #pointers: readonly Pointer[] = [];
  #readAddress: (bytes: Buffer, at: number) => number = () => 0;
  #addressBytes = 8;
  #isFound = false;

  constructor(elf: ElfRanges) {
    this.#elf = elf;
  }

  /** Takes the header: the size of addresses, and whether they are big-endian, stand before the two. */
  takeHeader(header: Buffer, offset: number): void {
    // The magic alone is also a constant of Go's own tools.
    if (this.#isFound || offset % alignment > 0) return;
    this.#isFound = true;
    this.#addressBytes = header[14]!;
    const isBigEndian = (header[15]! & 1) === 1;
    this.#readAddress = addressReader(this.#addressBytes, isBigEndian);
    const addresses = [16, 16 + this.#addressBytes].map((at) => this.#readAddress(header, at));
    const offsets = addresses.map((address) => this.#elf.offsetOf(address));
    if (offsets[0] !== undefined) this.#pointers = offsets.map((at = -1) => ({ at }));
  }

  /** As `ProgramSearch.look`. */
  look(window: Buffer, offset: number): number {
    return Math.min(
      this.#findModules(window, offset),
      this.#findVersions(window, offset),
      this.#follow(window, offset),
    );
  }

  /** What was found; undefined without a header. */
  end(): BuildInfo | undefined {
    if (!this.#isFound) return undefined;
    const [version, modules] = this.#pointers.map(({ text }) => text);
    return { version: this.#versionAt(version), modules: this.#modulesAt(modules) };
  }

  #versionAt(text: Pointer['text']): string {
    // A version of a development tree is none of the texts.
    if (text?.offset !== undefined) return this.#versions.get(text.offset)?.slice(0, text.bytes) ?? '';
    const releases = new Set(
      [...this.#versions.values()].map(releaseOf).filter((name) => name !== undefined),
    );
    return releases.size === 1 ? [...releases][0]! : '';
  }

  #modulesAt(text: Pointer['text']): string {
    if (text?.bytes === 0) return '';
    return (
      this.#modules.get(text?.offset ?? -1) ?? [...this.#modules.values()].find((found) => found !== '') ?? ''
    );
  }

  #findModules(window: Buffer, offset: number): number {
    for (let at = findMark(window, modulesStart); at >= 0; at = findMark(window, modulesStart, at + 1)) {
      if (this.#modules.size === maxModules) break;
      if (this.#modules.has(offset + at)) continue;
      const end = findMark(window.subarray(at, at + maxModulesBytes), modulesEnd);
      if (end < 0 && window.length - at < maxModulesBytes) return at;
      // A mark without an end counts, too: a file full of them is hostile.
      const text = end < 0 ? '' : window.toString('utf8', at + modulesStart.bytes.length, at + end);
      this.#modules.set(offset + at, text);
    }
    return Math.max(0, window.length - modulesStart.bytes.length + 1);
  }

  #findVersions(window: Buffer, offset: number): number {
    for (let at = window.indexOf(version); at >= 0; at = window.indexOf(version, at + 1)) {
      if (this.#versions.size === maxVersions) break;
      // What the window cuts off is in the next one; at the very end of a file is no text.
      if (at + maxVersionBytes > window.length) return at;
      this.#versions.set(offset + at, window.toString('latin1', at, at + maxVersionBytes));
    }
    return Math.max(0, window.length - version.length + 1);
  }

  #follow(window: Buffer, offset: number): number {
    let undecided = window.length;
    for (const pointer of this.#pointers) {
      const at = pointer.at - offset;
      if (pointer.text || at < 0 || at >= window.length) continue;
      if (at + 2 * this.#addressBytes > window.length) undecided = Math.min(undecided, at);
      else {
        const [address, bytes] = [at, at + this.#addressBytes].map((from) => this.#readAddress(window, from));
        pointer.text = { offset: this.#elf.offsetOf(address!), bytes: bytes! };
      }
    }
    return undecided;
  }
}

/** The release that a text begins with: `go1.17.5`. */
const releaseOf = (text: string) => /^go1\.1[3-7](?:\.\d{1,2})?(?![\d.])/.exec(text)?.[0];

function addressReader(bytes: number, isBigEndian: boolean) {
  if (bytes === 4) {
    return (from: Buffer, at: number) => (isBigEndian ? from.readUInt32BE(at) : from.readUInt32LE(at));
  }
  return (from: Buffer, at: number) =>
    Number(isBigEndian ? from.readBigUInt64BE(at) : from.readBigUInt64LE(at));
}
