import { constants, createInflateRaw } from 'node:zlib';
import { blockingCodec, type BlockingCodec } from './blocking-codec.ts';
import type { Engine } from './decompress.ts';
import { LayerError } from './layer-error.ts';

/** Longest header of a member, bytes: RFC 1952 gives its extra field 64 KiB, and names are names of files. */
const maxHeaderBytes = 128 * 1024;

/** Checksum and length behind each member. */
const trailerBytes = 8;

/**
 * Decompresses gzip (RFC 1952), several members too, and zeros behind the last one. Of the checks behind a member only
 * the length is looked at: every layer is held to its digest, and a CRC of its plain bytes costs a fifth of inflating.
 * Undefined where Node does not offer what it takes.
 */
export function gzipEngine(outputBytes: number): Engine | undefined {
  const codec = blockingCodec(() => createInflateRaw(), outputBytes);
  return codec && new GzipMembers(codec);
}

class GzipMembers implements Engine {
  readonly #codec: BlockingCodec;
  #part: 'header' | 'body' | 'trailer' | 'padding' = 'header';
  /** What is there of a header or trailer that is not whole yet. */
  #gathered: Uint8Array = new Uint8Array();
  #plainBytes = 0;
  #isFirst = true;

  constructor(codec: BlockingCodec) {
    this.#codec = codec;
  }

  *write(stored: Uint8Array): Iterable<Uint8Array> {
    for (let offset = 0; offset < stored.length && this.#part !== 'padding';) {
      if (this.#part !== 'body') {
        offset = this.#gather(stored, offset);
        continue;
      }
      const { produced, inputLeft } = this.#codec.step(constants.Z_NO_FLUSH, stored, offset);
      const taken = stored.length - inputLeft - offset;
      offset += taken;
      this.#plainBytes += produced.length;
      if (produced.length > 0) yield produced;
      // Who takes and gives nothing is at the end of the member; else one would know at the next step.
      if (taken === 0 && produced.length === 0) this.#part = 'trailer';
    }
  }

  *end(): Iterable<Uint8Array> {
    if (this.#part === 'body') {
      // What is left comes out; then a member that is whole stays silent, and any other complains.
      for (;;) {
        const { produced } = this.#codec.step(constants.Z_FINISH, new Uint8Array(), 0);
        if (produced.length === 0) break;
        yield produced;
      }
    }
    const isBetween = this.#part === 'padding' || (this.#part === 'header' && this.#gathered.length === 0);
    if (!isBetween) throw new LayerError('layer-truncated', 'The compressed layer ends in the middle');
  }

  close(): void {
    this.#codec.close();
  }

  /** Takes bytes for a header or trailer and answers where what follows begins. */
  #gather(stored: Uint8Array, offset: number): number {
    const before = this.#gathered.length;
    const bytes =
      before === 0 ? stored.subarray(offset) : Buffer.concat([this.#gathered, stored.subarray(offset)]);
    const length = this.#part === 'trailer' ? this.#readTrailer(bytes) : this.#readHeader(bytes);
    if (length === undefined) {
      if (bytes.length > maxHeaderBytes) throw corrupt('the header of a member has no end');
      this.#gathered = Uint8Array.from(bytes);
      return stored.length;
    }
    this.#gathered = new Uint8Array();
    return offset + length - before;
  }

  /** How long the trailer is; undefined when it is not whole. */
  #readTrailer(bytes: Uint8Array): number | undefined {
    if (bytes.length < trailerBytes) return undefined;
    const stated = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
    if (stated !== this.#plainBytes % 2 ** 32) throw corrupt('a member has another length than it says');
    this.#part = 'header';
    this.#isFirst = false;
    return trailerBytes;
  }

  /** How long the header is; undefined when it is not whole. */
  #readHeader(bytes: Uint8Array): number | undefined {
    // Tapes and disks are filled up with zeros.
    if (!this.#isFirst && bytes[0] === 0) {
      this.#part = 'padding';
      return bytes.length;
    }
    const length = headerLength(bytes);
    if (length === undefined) return undefined;
    this.#part = 'body';
    this.#plainBytes = 0;
    if (!this.#isFirst) this.#codec.reset();
    return length;
  }
}

/** Bits of a header's flags. */
const flag = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/** How long the header at the beginning of some bytes is (RFC 1952, 2.3); undefined when more bytes are needed to tell. */
function headerLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < 10) return undefined;
  const [first, second, method, flags = 0] = bytes;
  if (first !== 0x1f || second !== 0x8b) throw corrupt('incorrect header check');
  if (method !== 8 || (flags & flag.reserved) !== 0) throw corrupt('unknown compression method');
  let length = 10;
  if (flags & flag.extra) {
    if (bytes.length < length + 2) return undefined;
    length += 2 + bytes[length]! + bytes[length + 1]! * 256;
  }
  for (const text of [flag.name, flag.comment]) {
    if ((flags & text) === 0) continue;
    const end = bytes.indexOf(0, length);
    if (end < 0) return undefined;
    length = end + 1;
  }
  if (flags & flag.headerCrc) length += 2;
  return length <= bytes.length ? length : undefined;
}

function corrupt(message: string): LayerError {
  return new LayerError('layer-corrupt', `The layer cannot be decompressed: ${message}`);
}
