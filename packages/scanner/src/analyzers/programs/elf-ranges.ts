/** A part of a file, byte offsets; `end` is not part of it. */
export type ByteRange = { readonly start: number; readonly end: number };

/** Where to look in a program: what is loaded to be read, machine code left out, and what is not loaded at all. */
export type ElfRanges = {
  readonly loaded: readonly ByteRange[];
  readonly unloaded: readonly ByteRange[];
  /** The headers lead beyond the file, or are none: everything is looked at that there is. */
  readonly isDoubtful: boolean;
  /** Where in the file an address of the running program comes from; undefined for what no segment loads. */
  offsetOf(address: number): number | undefined;
};

const magic = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const loadable = 1;
const executable = 1;

/** The program headers follow the ELF header in all that linkers write; real programs have a dozen of them. */
const maxHeadBytes = 8 * 1024;

const everything: ElfRanges = {
  loaded: [{ start: 0, end: Number.MAX_SAFE_INTEGER }],
  unloaded: [{ start: 0, end: Number.MAX_SAFE_INTEGER }],
  isDoubtful: false,
  offsetOf: () => undefined,
};

/** Programs and libraries; what else is ELF, a core dump for example, may have headers of any number. */
const programTypes = new Set([2, 3]);

/**
 * Reads the program headers of an ELF file (gabi, "Program Header"), of 32 or 64 bits in either byte order.
 * `incomplete` asks for more of the file's beginning; undefined says that it is no ELF file. Headers that lie, or stand
 * where nobody puts them, mean that everything is looked at: they can make a search slower, not blind.
 */
export function readElfRanges(
  head: Buffer,
  fileBytes = Number.MAX_SAFE_INTEGER,
): ElfRanges | 'incomplete' | undefined {
  if (!head.subarray(0, magic.length).equals(magic.subarray(0, head.length))) return undefined;
  if (head.length < 64) return 'incomplete';
  const isWide = head[4] === 2;
  const numbers = head[5] === 2 ? bigEndian(head) : littleEndian(head);
  const start = isWide ? numbers.u64(32) : numbers.u32(28);
  const entryBytes = numbers.u16(isWide ? 54 : 42);
  const count = numbers.u16(isWide ? 56 : 44);
  const end = start + entryBytes * count;
  const isProgram = programTypes.has(numbers.u16(16));
  if (count === 0 || entryBytes < (isWide ? 56 : 32) || end > maxHeadBytes) {
    return { ...everything, isDoubtful: isProgram && count > 0 };
  }
  if (head.length < end) return 'incomplete';

  const loaded: ByteRange[] = [];
  const segments: { address: number; offset: number; bytes: number }[] = [];
  let loadedEnd = 0;
  for (let at = start; at < end; at += entryBytes) {
    if (numbers.u32(at) !== loadable) continue;
    const [offset, address, bytes] = isWide
      ? [numbers.u64(at + 8), numbers.u64(at + 16), numbers.u64(at + 32)]
      : [numbers.u32(at + 4), numbers.u32(at + 8), numbers.u32(at + 16)];
    segments.push({ offset, address, bytes });
    const flags = numbers.u32(at + (isWide ? 4 : 24));
    loadedEnd = Math.max(loadedEnd, offset + bytes);
    // A segment that holds the ELF header and is executable holds constants as well: older linkers make one of both.
    if ((flags & executable) === 0 || offset === 0) loaded.push({ start: offset, end: offset + bytes });
  }
  if (loadedEnd === 0) return everything;
  return {
    loaded: disjoint(loaded),
    unloaded: [{ start: loadedEnd, end: Number.MAX_SAFE_INTEGER }],
    isDoubtful: isProgram && loadedEnd > fileBytes,
    offsetOf(address) {
      const segment = segments.find((one) => address >= one.address && address < one.address + one.bytes);
      return segment && segment.offset + (address - segment.address);
    },
  };
}

/** In order, each byte once. */
function disjoint(ranges: ByteRange[]): ByteRange[] {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of ranges.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

function littleEndian(head: Buffer) {
  return {
    u16: (at: number) => head.readUInt16LE(at),
    u32: (at: number) => head.readUInt32LE(at),
    u64: (at: number) => Number(head.readBigUInt64LE(at)),
  };
}

function bigEndian(head: Buffer) {
  return {
    u16: (at: number) => head.readUInt16BE(at),
    u32: (at: number) => head.readUInt32BE(at),
    u64: (at: number) => Number(head.readBigUInt64BE(at)),
  };
}
