const magicHash = 0x00061561;
const pageHeaderBytes = 26;

const pageType = { hashUnsorted: 2, overflow: 7, hash: 13 };
const itemType = { inPlace: 1, offPage: 3 };

type Numbers = { readonly u16: (at: number) => number; readonly u32: (at: number) => number };

/**
 * Yields the values of a Berkeley DB hash (`dbinc/db_page.h` of Berkeley DB 4 and 5), all pages in turn: which bucket
 * a package is in does not matter. Written in the byte order of the machine that made it. Throws where the file is not
 * what it says; no page is used twice, so a circle ends.
 */
export function* berkeleyDbValues(file: Buffer): Generator<Buffer> {
  const numbers = byteOrder(file);
  const pageBytes = numbers.u32(20);
  if (pageBytes < 512 || pageBytes > 65_536) throw new Error('The pages have no possible size');
  const used = new Uint8Array(Math.ceil(file.length / pageBytes));
  for (let page = pageBytes; page + pageBytes <= file.length; page += pageBytes) {
    const type = file[page + 25]!;
    if (type !== pageType.hash && type !== pageType.hashUnsorted) continue;
    const items = numbers.u16(page + 20);
    // Keys and values in turn; the key of a package is its number, and 0 is the counter of them.
    for (let index = 1; index < items; index += 2) {
      const slot = page + pageHeaderBytes + index * 2;
      if (slot + 2 > page + pageBytes) throw new Error('A page lists more items than fit');
      const start = numbers.u16(slot);
      const previous = numbers.u16(slot - 2);
      if (start >= pageBytes || previous < start) throw new Error('An item lies outside its page');
      const keyEnd = index === 1 ? pageBytes : numbers.u16(slot - 4);
      if (!isPackageNumber(file.subarray(page + previous + 1, page + keyEnd))) continue;
      if (file[page + start] === itemType.inPlace) yield file.subarray(page + start + 1, page + previous);
      else if (file[page + start] === itemType.offPage) {
        const [first, bytes] = [numbers.u32(page + start + 4), numbers.u32(page + start + 8)];
        yield offPage(file, numbers, { first, bytes, pageBytes, used });
      }
    }
  }
}

function isPackageNumber(key: Buffer): boolean {
  return key.length === 4 && key.readUInt32LE(0) !== 0;
}

function byteOrder(file: Buffer): Numbers {
  const little = { u16: (at: number) => file.readUInt16LE(at), u32: (at: number) => file.readUInt32LE(at) };
  const big = { u16: (at: number) => file.readUInt16BE(at), u32: (at: number) => file.readUInt32BE(at) };
  if (little.u32(12) === magicHash) return little;
  if (big.u32(12) === magicHash) return big;
  throw new Error('The file is no Berkeley DB hash');
}

type Chain = {
  readonly first: number;
  readonly bytes: number;
  readonly pageBytes: number;
  readonly used: Uint8Array;
};

/** A value that is larger than a page lies on a chain of overflow pages. */
function offPage(file: Buffer, numbers: Numbers, { first, bytes, pageBytes, used }: Chain): Buffer {
  const pieces: Buffer[] = [];
  let gathered = 0;
  for (let number = first; number !== 0 && gathered < bytes; number = numbers.u32(number * pageBytes + 16)) {
    const page = number * pageBytes;
    if (file[page + 25] !== pageType.overflow || used[number] === 1)
      throw new Error('A chain of pages is broken');
    used[number] = 1;
    const piece = file.subarray(page + pageHeaderBytes, page + pageHeaderBytes + numbers.u16(page + 22));
    pieces.push(piece);
    gathered += piece.length;
  }
  return Buffer.concat(pieces);
}
