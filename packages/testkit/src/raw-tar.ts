/** One entry as its header block shall say it, right or wrong. */
export type RawTarEntry = {
  readonly name: string;
  /** Type flag; `0` (file) unless told. */
  readonly kind?: string;
  readonly body?: Uint8Array | string;
  readonly linkName?: string;
  /** What the size field says, as its 12 bytes; the body's length in octal unless told. */
  readonly size?: Uint8Array;
  /** `ustar\0` unless told; `ustar ` is GNU's. */
  readonly magic?: string;
  readonly prefix?: string;
  /** Bytes put over the header before its checksum is taken, by offset. */
  readonly patch?: Readonly<Record<number, Uint8Array>>;
};

/** Writes a tar byte by byte, also one that no packer would write. Without `isEnded` the end mark is missing. */
export function rawTar(entries: readonly RawTarEntry[], { isEnded = true } = {}): Buffer {
  return Buffer.concat([...entries.map(rawTarEntry), ...(isEnded ? [Buffer.alloc(1024)] : [])]);
}

/** A pax extended header (`x`) for the entry that follows. */
export function paxHeader(records: Readonly<Record<string, string>>): RawTarEntry {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const bytes = Buffer.byteLength(rest);
    // The length counts its own digits.
    const digits = String(bytes + String(bytes).length).length;
    return `${bytes + digits}${rest}`;
  });
  return { name: 'PaxHeaders/x', kind: 'x', body: lines.join('') };
}

function rawTarEntry(entry: RawTarEntry): Buffer {
  const body = Buffer.from(entry.body ?? '');
  const header = Buffer.alloc(512);
  header.write(entry.name, 0, 100);
  header.write('0000644\0', 100);
  header.write(body.length.toString(8).padStart(11, '0'), 124);
  if (entry.size) Buffer.from(entry.size).copy(header, 124);
  header.write(entry.kind ?? '0', 156, 1);
  header.write(entry.linkName ?? '', 157, 100);
  header.write(entry.magic ?? 'ustar\u000000', 257, 'latin1');
  header.write(entry.prefix ?? '', 345, 155);
  for (const [offset, bytes] of Object.entries(entry.patch ?? {}))
    Buffer.from(bytes).copy(header, Number(offset));
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
