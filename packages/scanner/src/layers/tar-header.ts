import { LayerError } from './layer-error.ts';

export type TarEntryType = 'file' | 'link' | 'symlink' | 'directory' | 'device';

/** What a tar block of 512 bytes says, before extended headers are applied. `kind` is the type flag's letter. */
export type TarHeader = {
  readonly kind: string;
  readonly path: string;
  readonly target: string;
  readonly sizeBytes: number;
  /** Old GNU sparse file whose map goes on in further blocks. */
  readonly hasMoreSparseBlocks: boolean;
};

export const blockBytes = 512;

/**
 * Reads the header block at an offset: ustar (POSIX.1-1988), GNU and the old form.
 * @throws {LayerError} `layer-corrupt` when the checksum or a number is wrong.
 */
export function readTarHeader(bytes: Buffer, at: number): TarHeader {
  if (!hasRightChecksum(bytes, at))
    throw new LayerError('layer-corrupt', 'A tar header has a wrong checksum');
  const kind = String.fromCharCode(bytes[at + 156]!);
  const name = text(bytes, at, 100);
  // Only POSIX has a prefix; GNU keeps other things in its place.
  const prefix = bytes[at + 345] !== 0 && isPosix(bytes, at) ? text(bytes, at + 345, 155) : '';
  return {
    kind,
    path: prefix ? `${prefix}/${name}` : name,
    target: bytes[at + 157] === 0 ? '' : text(bytes, at + 157, 100),
    sizeBytes: number(bytes, at + 124, 12),
    hasMoreSparseBlocks: kind === 'S' && bytes[at + 482] !== 0,
  };
}

/** `ustar\0` is POSIX, `ustar  ` is GNU; the sixth byte tells them apart. */
function isPosix(bytes: Buffer, at: number): boolean {
  return bytes[at + 262] === 0 && bytes.toString('latin1', at + 257, at + 262) === 'ustar';
}

/** Whether the block at an offset is all zeros: two of them end an archive. */
export function isZeroBlock(bytes: Buffer, at: number): boolean {
  for (let index = at; index < at + blockBytes; index += 1) if (bytes[index] !== 0) return false;
  return true;
}

/** Reads text that ends at a NUL or at `offset + length`; bytes that are not UTF-8 become U+FFFD. */
export function text(bytes: Buffer, offset: number, length: number): string {
  let end = offset;
  const limit = offset + length;
  let isAscii = true;
  for (; end < limit; end += 1) {
    const byte = bytes[end]!;
    if (byte === 0) break;
    if (byte > 127) isAscii = false;
  }
  return bytes.toString(isAscii ? 'latin1' : 'utf8', offset, end);
}

/** Octal digits between spaces and NULs, or base-256 when the first bit is set (GNU). */
function number(block: Buffer, offset: number, length: number): number {
  const first = block[offset]!;
  if (first & 0x80) {
    let value = first & 0x7f;
    for (let index = offset + 1; index < offset + length; index += 1) value = value * 256 + block[index]!;
    // 0xff begins a negative number; one above 2^53 is neither.
    if (first === 0xff || !Number.isSafeInteger(value)) throw badNumber();
    return value;
  }
  let value = 0;
  let index = offset;
  const end = offset + length;
  while (index < end && (block[index] === 0x20 || block[index] === 0)) index += 1;
  for (; index < end; index += 1) {
    const byte = block[index]!;
    if (byte === 0x20 || byte === 0) break;
    if (byte < 0x30 || byte > 0x37) throw badNumber();
    value = value * 8 + (byte - 0x30);
  }
  return value;
}

function badNumber(): LayerError {
  return new LayerError('layer-corrupt', 'A tar header has an impossible size');
}

/** The sum of all bytes, those of the checksum taken as spaces; some old programs summed signed bytes. */
function hasRightChecksum(bytes: Buffer, at: number): boolean {
  let sum = sumOf(bytes, at);
  let stated = 0;
  for (let index = at + 148; index < at + 156; index += 1) {
    const byte = bytes[index]!;
    sum += 0x20 - byte;
    if (byte >= 0x30 && byte <= 0x37) stated = stated * 8 + (byte - 0x30);
  }
  return stated === sum || stated === sum - 256 * countHighBytes(bytes, at);
}

/** The sum of the bytes of a block. */
function sumOf(bytes: Buffer, at: number): number {
  if (((bytes.byteOffset + at) & 3) !== 0) {
    let sum = 0;
    for (let index = at; index < at + blockBytes; index += 1) sum += bytes[index]!;
    return sum;
  }
  // Four at a time, in two pairs that cannot overflow: 128 bytes of each kind have at most 32,640.
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at, blockBytes / 4);
  let [even, odd] = [0, 0];
  for (let index = 0; index < blockBytes / 4; index += 1) {
    const word = words[index]!;
    even += word & 0x00ff00ff;
    odd += (word >>> 8) & 0x00ff00ff;
  }
  return (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
}

/** Bytes above 127 beside those of the checksum. */
function countHighBytes(bytes: Buffer, at: number): number {
  let count = 0;
  for (let index = 0; index < blockBytes; index += 1) {
    if ((index < 148 || index >= 156) && bytes[at + index]! > 127) count += 1;
  }
  return count;
}
