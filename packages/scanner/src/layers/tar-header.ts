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
 * Reads a header block: ustar (POSIX.1-1988), GNU and the old form.
 * @throws {LayerError} `layer-corrupt` when the checksum or a number is wrong.
 */
export function readTarHeader(block: Buffer): TarHeader {
  if (!hasRightChecksum(block)) throw new LayerError('layer-corrupt', 'A tar header has a wrong checksum');
  const kind = String.fromCharCode(block[156]!);
  const name = text(block, 0, 100);
  // `ustar\0` is POSIX and has a prefix; `ustar  ` is GNU and keeps other things in its place.
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix && block[345] !== 0 ? text(block, 345, 155) : '';
  return {
    kind,
    path: prefix ? `${prefix}/${name}` : name,
    target: block[157] === 0 ? '' : text(block, 157, 100),
    sizeBytes: number(block, 124, 12),
    hasMoreSparseBlocks: kind === 'S' && block[482] !== 0,
  };
}

/** Whether a block is all zeros: two of them end an archive. */
export function isZeroBlock(block: Buffer): boolean {
  if (block[0] !== 0) return false;
  return block.every((byte) => byte === 0);
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
function hasRightChecksum(block: Buffer): boolean {
  let unsigned = 0;
  let high = 0;
  for (let index = 0; index < blockBytes; index += 1) {
    const byte = block[index]!;
    unsigned += byte;
    if (byte > 127) high += 1;
  }
  let stated = 0;
  for (let index = 148; index < 156; index += 1) {
    const byte = block[index]!;
    unsigned += 0x20 - byte;
    if (byte > 127) high -= 1;
    if (byte >= 0x30 && byte <= 0x37) stated = stated * 8 + (byte - 0x30);
  }
  return stated === unsigned || stated === unsigned - 256 * high;
}
