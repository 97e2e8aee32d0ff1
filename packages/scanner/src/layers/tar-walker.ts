import { maxPathLength } from '../limits.ts';
import { LayerError } from './layer-error.ts';
import { readPaxRecords, type PaxRecords } from './pax-records.ts';
import { blockBytes, isZeroBlock, readTarHeader, text, type TarEntryType } from './tar-header.ts';

/** One entry of a layer's tar, with extended headers applied. */
export type TarEntry = {
  readonly type: TarEntryType;
  /** Normal form: no leading slash, no `.` and `..`; empty for the root. */
  readonly path: string;
  /** Where a link points, as written. */
  readonly target: string;
  readonly sizeBytes: number;
  /** Where the stored body begins, bytes from the start of the archive. */
  readonly bodyOffset: number;
  /** A sparse file: its stored bytes are not its content. */
  readonly isSparse: boolean;
  /** Its name, as written, leads out of the image: `../../etc/shadow`. */
  readonly isOutside: boolean;
};

export interface TarVisitor {
  /** Sees every entry in order; true asks for its body, `stream` for the body in pieces. */
  entry(entry: TarEntry): boolean | 'stream';
  /** Gets a body that was asked for; the bytes are only valid during the call. */
  body(entry: TarEntry, bytes: Buffer): void;
  /** Gets the next piece of a body that was asked for so; the bytes are only valid during the call. */
  piece?(bytes: Buffer, isLast: boolean): void;
}

/** Largest extended header, bytes; 1 MiB is also what Go's archive/tar accepts, and with it docker and containerd. */
const maxExtensionBytes = 1024 * 1024;

/** Memory that is kept for the next body that comes in pieces, bytes; larger bodies, mostly jars, are given back at once. */
const keptBodyBytes = 2 * 1024 * 1024;

type Extension = 'x' | 'L' | 'K';

/**
 * Walks a tar archive as its bytes arrive: ustar, pax, GNU long names, base-256 sizes, sparse files.
 * Keeps one header block, and one body when somebody asked for it.
 */
export class TarWalker {
  readonly #visitor: TarVisitor;
  readonly #block = Buffer.alloc(blockBytes);
  #blockFill = 0;
  /** Bytes of the archive before the chunk in hand. */
  #position = 0;
  /** Bytes of body or padding to pass over. */
  #skip = 0;
  #body: Buffer<ArrayBuffer> | undefined;
  #bodyFill = 0;
  #kept = Buffer.allocUnsafeSlow(0);
  #bodyEntry: TarEntry | Extension | undefined;
  /** Bytes of a body that are still to be handed on in pieces. */
  #streamed = 0;
  #pax: PaxRecords = {};
  #zeroBlocks = 0;
  #inSparseMap: TarEntry | undefined;
  #sawEntry = false;

  constructor(visitor: TarVisitor) {
    this.#visitor = visitor;
  }

  /** Whether the end mark was read; what comes after it is not part of the archive. */
  get isFinished(): boolean {
    return this.#zeroBlocks === 2;
  }

  /** Takes the next plain bytes. @throws {LayerError} `layer-corrupt` */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let offset = 0;
    while (offset < bytes.length && !this.isFinished) {
      if (this.#body) {
        offset = this.#fillBody(bytes, offset, this.#body);
      } else if (this.#streamed > 0) {
        const step = Math.min(this.#streamed, bytes.length - offset);
        this.#streamed -= step;
        this.#visitor.piece?.(bytes.subarray(offset, offset + step), this.#streamed === 0);
        offset += step;
      } else if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - offset);
        this.#skip -= step;
        offset += step;
      } else if (this.#blockFill === 0 && bytes.length - offset >= blockBytes) {
        offset = this.#readBlock(bytes, offset, bytes, offset + blockBytes);
      } else {
        const step = Math.min(blockBytes - this.#blockFill, bytes.length - offset);
        bytes.copy(this.#block, this.#blockFill, offset, offset + step);
        this.#blockFill += step;
        offset += step;
        if (this.#blockFill === blockBytes) {
          this.#blockFill = 0;
          offset = this.#readBlock(this.#block, 0, bytes, offset);
        }
      }
    }
    this.#position += bytes.length;
  }

  /** Says that no bytes follow. @throws {LayerError} `layer-truncated` unless the archive is whole. */
  end(): void {
    const isEmpty = this.#blockFill === 0 && this.#zeroBlocks === 0 && !this.#sawEntry;
    if (!this.isFinished && !isEmpty) {
      throw new LayerError('layer-truncated', 'The tar archive ends without its end mark');
    }
  }

  /**
   * Reads the header block at `at` of `block`; a body that lies whole in `bytes` is handed on without copying. Returns
   * the new offset.
   */
  #readBlock(block: Buffer, at: number, bytes: Buffer, offset: number): number {
    if (this.#inSparseMap) {
      // The last of the blocks has no mark at 504.
      if (block[at + 504] === 0) this.#endSparseMap(this.#inSparseMap);
      return offset;
    }
    if (isZeroBlock(block, at)) {
      this.#zeroBlocks += 1;
      return offset;
    }
    if (this.#zeroBlocks > 0) throw new LayerError('layer-corrupt', 'A tar entry follows a block of zeros');
    this.#sawEntry = true;

    const header = readTarHeader(block, at);
    if (isExtension(header.kind)) {
      if (header.sizeBytes > maxExtensionBytes) {
        throw new LayerError('layer-corrupt', 'An extended tar header is absurdly long');
      }
      return this.#beginBody(header.kind, header.sizeBytes, bytes, offset);
    }
    if (header.kind === 'g' || header.kind === 'V') {
      // Global records of git archives and volume labels: nothing in them concerns us.
      this.#skip = padded(header.sizeBytes);
      return offset;
    }
    const pax = this.#pax;
    this.#pax = {};
    const name = pax.path ?? header.path;
    const type = entryType(header.kind, name);
    const isSparse = header.kind === 'S' || pax.isSparse === true;
    const sizeBytes = type === 'file' ? (pax.size ?? header.sizeBytes) : 0;
    const entry: TarEntry = {
      type,
      path: normalPath(name),
      target: pax.linkpath ?? header.target,
      sizeBytes,
      bodyOffset: this.#position + offset,
      isSparse,
      isOutside: leadsOutside(name),
    };
    if (header.hasMoreSparseBlocks) {
      this.#inSparseMap = entry;
      return offset;
    }
    return this.#beginEntry(entry, bytes, offset);
  }

  #beginEntry(entry: TarEntry, bytes: Buffer, offset: number): number {
    const isWanted = this.#visitor.entry(entry);
    const isStreamed = isWanted === 'stream' && entry.type === 'file';
    if (isWanted === true && entry.type === 'file') {
      return this.#beginBody(entry, entry.sizeBytes, bytes, offset);
    }
    this.#streamed = isStreamed ? entry.sizeBytes : 0;
    this.#skip = padded(entry.sizeBytes) - this.#streamed;
    return offset;
  }

  /** The stored bytes follow, and nobody can use them. */
  #endSparseMap(entry: TarEntry): void {
    this.#inSparseMap = undefined;
    this.#visitor.entry(entry);
    this.#skip = padded(entry.sizeBytes);
  }

  #beginBody(of: TarEntry | Extension, sizeBytes: number, bytes: Buffer, offset: number): number {
    const end = offset + sizeBytes;
    this.#skip = padded(sizeBytes) - sizeBytes;
    if (end <= bytes.length) {
      this.#takeBody(of, bytes.subarray(offset, end));
      return end;
    }
    this.#body = this.#bodyOf(sizeBytes);
    this.#bodyFill = 0;
    this.#bodyEntry = of;
    return offset;
  }

  #fillBody(bytes: Buffer, offset: number, body: Buffer<ArrayBuffer>): number {
    const step = Math.min(body.length - this.#bodyFill, bytes.length - offset);
    bytes.copy(body, this.#bodyFill, offset, offset + step);
    this.#bodyFill += step;
    if (this.#bodyFill === body.length) {
      this.#body = undefined;
      if (this.#bodyEntry) this.#takeBody(this.#bodyEntry, body);
      // A garbage collector that sees little garbage would leave hundreds of megabytes lying.
      if (body.buffer !== this.#kept.buffer) body.buffer.transfer(0);
    }
    return offset + step;
  }

  #bodyOf(sizeBytes: number): Buffer<ArrayBuffer> {
    if (sizeBytes > keptBodyBytes) return Buffer.allocUnsafeSlow(sizeBytes);
    if (sizeBytes > this.#kept.length) this.#kept = Buffer.allocUnsafeSlow(keptBodyBytes);
    return this.#kept.subarray(0, sizeBytes);
  }

  #takeBody(of: TarEntry | Extension, body: Buffer): void {
    if (of === 'x') this.#pax = { ...this.#pax, ...readPaxRecords(body) };
    else if (of === 'L') this.#pax.path = text(body, 0, body.length);
    else if (of === 'K') this.#pax.linkpath = text(body, 0, body.length);
    else this.#visitor.body(of, body);
  }
}

function isExtension(kind: string): kind is Extension {
  return kind === 'x' || kind === 'L' || kind === 'K';
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blockBytes) * blockBytes;
}

/** Only files have bodies, whatever size another entry claims: so do Go's archive/tar and GNU tar. */
function entryType(kind: string, path: string): TarEntryType {
  switch (kind) {
    case '1':
      return 'link';
    case '2':
      return 'symlink';
    case '3':
    case '4':
    case '6':
      return 'device';
    case '5':
      return 'directory';
    default:
      // Old tar marks a folder by the slash at its end.
      return path.endsWith('/') ? 'directory' : 'file';
  }
}

const oddSegment = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** Puts a path into normal form. `..` above the root stays at the root, as for the process inside a container. */
export function normalPath(path: string): string {
  // Many tools begin every path with `./` and end those of folders with a slash.
  const plain = path.slice(path.startsWith('./') ? 2 : 0, path.endsWith('/') ? -1 : undefined);
  if (!mayBeOdd(plain) || !oddSegment.test(plain)) return plain;
  // Beyond what Linux can hold a path is reported, not used; no work is spent on it.
  if (plain.length > maxPathLength) return plain;
  const segments: string[] = [];
  for (const segment of plain.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments.join('/');
}

/** Whether a name as written leads above the root. */
export function leadsOutside(name: string): boolean {
  if (!name.startsWith('../') && !name.includes('/../')) return false;
  let depth = 0;
  for (const segment of name.slice(0, maxPathLength).split('/')) {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/** Says no to almost all paths of an image, in a tenth of the time that the expression takes. */
function mayBeOdd(path: string): boolean {
  const isOddEnd = (end: string | undefined) => end === '/' || end === '.' || end === undefined;
  return isOddEnd(path[0]) || isOddEnd(path.at(-1)) || path.includes('//') || path.includes('/.');
}
