import { inflateRawSync } from 'node:zlib';

/** One file of an archive as the central directory tells of it. */
export type ZipEntry = {
  readonly name: string;
  readonly method: number;
  readonly storedBytes: number;
  readonly plainBytes: number;
  readonly offset: number;
};

const signature = {
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  central: 0x02014b50,
  local: 0x04034b50,
};
const method = { stored: 0, deflated: 8 };

/** The end record has 22 bytes and a comment of at most 65,535. */
const endBytes = 22;
const maxCommentBytes = 65_535;

/** Entries read of one archive; the largest jars have 100,000. */
const maxEntries = 500_000;

/**
 * Lists an archive by the central directory at its end (PKWARE APPNOTE.TXT), ZIP64 included, and whatever stands
 * before it: programs put a script there. Throws where the bytes are not what they say.
 * @param endings what the names end with; entries with other names, nearly all of most archives, are passed over
 */
export function* zipEntries(archive: Buffer, endings: ZipEndings): Generator<ZipEntry> {
  const { directory, directoryEnd, shift } = findDirectory(archive);
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  let at = directory;
  for (let count = 0; at < directoryEnd; count += 1) {
    if (count === maxEntries) throw new Error('The archive has too many entries');
    if (at + 46 > archive.length || view.getUint32(at, true) !== signature.central)
      throw new Error('The central directory is broken');
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    if (endings.mayEnd(view, nameEnd)) {
      const name = archive.toString('utf8', at + 46, nameEnd);
      if (endings.fit(name)) {
        yield {
          name,
          method: view.getUint16(at + 10, true),
          storedBytes: view.getUint32(at + 20, true),
          plainBytes: view.getUint32(at + 24, true),
          offset: view.getUint32(at + 42, true) + shift,
        };
      }
    }
    at = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
}

/** How the names of wanted entries end: ASCII, four characters at least. */
export class ZipEndings {
  readonly #endings: readonly string[];
  /** The last four bytes of each, as a number. */
  readonly #lasts: ReadonlySet<number>;

  constructor(endings: readonly string[]) {
    this.#endings = endings;
    this.#lasts = new Set(
      endings.map((ending) => Buffer.from(ending, 'latin1').readUInt32LE(ending.length - 4)),
    );
  }

  /** Whether a name that ends before an offset is worth reading. A fixed header stands before it, so there are four bytes. */
  mayEnd(view: DataView, nameEnd: number): boolean {
    return nameEnd <= view.byteLength && this.#lasts.has(view.getUint32(nameEnd - 4, true));
  }

  fit(name: string): boolean {
    return this.#endings.some((ending) => name.endsWith(ending));
  }
}

/** The plain bytes of an entry; a view of the archive where it is stored as it is. Throws above `maxBytes`. */
export function readZipEntry(archive: Buffer, entry: ZipEntry, maxBytes: number): Buffer {
  const isInside = entry.offset >= 0 && entry.offset + 30 <= archive.length;
  if (!isInside || archive.readUInt32LE(entry.offset) !== signature.local)
    throw new Error('An entry is not where it should be');
  // The sizes here may be zero, those of the directory are not.
  const start =
    entry.offset + 30 + archive.readUInt16LE(entry.offset + 26) + archive.readUInt16LE(entry.offset + 28);
  const stored = archive.subarray(start, start + entry.storedBytes);
  if (stored.length < entry.storedBytes || entry.plainBytes > maxBytes)
    throw new Error('An entry is too large');
  if (entry.method === method.stored) return stored;
  if (entry.method !== method.deflated) throw new Error('An entry is compressed in an unknown way');
  return inflateRawSync(stored, { maxOutputLength: Math.max(maxBytes, 1) });
}

function findDirectory(archive: Buffer) {
  const lowest = Math.max(0, archive.length - endBytes - maxCommentBytes);
  for (let end = archive.length - endBytes; end >= lowest; end -= 1) {
    if (archive.readUInt32LE(end) !== signature.end) continue;
    const { bytes, offset, directoryEnd } = zip64Directory(archive, end) ?? {
      bytes: archive.readUInt32LE(end + 12),
      offset: archive.readUInt32LE(end + 16),
      directoryEnd: end,
    };
    const directory = directoryEnd - bytes;
    if (directory < 0) continue;
    return { directory, directoryEnd, shift: directory - offset };
  }
  throw new Error('The archive has no end record');
}

/** With more entries or bytes than the end record can count, a larger one stands before it. */
function zip64Directory(archive: Buffer, end: number) {
  const locator = end - 20;
  if (locator < 56 || archive.readUInt32LE(locator) !== signature.locator64) return undefined;
  const larger = locator - 56;
  if (archive.readUInt32LE(larger) !== signature.end64) return undefined;
  const [bytes, offset] = [archive.readBigUInt64LE(larger + 40), archive.readBigUInt64LE(larger + 48)];
  return { bytes: Number(bytes), offset: Number(offset), directoryEnd: larger };
}
