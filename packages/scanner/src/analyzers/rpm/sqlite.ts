const pageType = { interior: 5, leaf: 13 };

/** A tree of this depth has more leaves than a file of four gigabytes. */
const maxDepth = 20;

/**
 * Yields the first blob of each row of a table in an SQLite database (sqlite.org, "Database File Format"), by a scan
 * of its tree. Throws where the file is not what it says; no page is used twice, so a circle ends. A write-ahead log
 * is a file of its own and not read.
 */
export function* sqliteBlobs(file: Buffer, table: string): Generator<Buffer> {
  if (file.toString('latin1', 0, 16) !== 'SQLite format 3\0')
    throw new Error('The file is no SQLite database');
  const size = file.readUInt16BE(16);
  const pageBytes = size === 1 ? 65_536 : size;
  if (pageBytes < 512) throw new Error('The pages have no possible size');
  const database: Database = {
    file,
    pageBytes,
    usableBytes: pageBytes - file[20]!,
    used: new Uint8Array(Math.ceil(file.length / pageBytes) + 1),
  };
  const root = rootPage(database, table);
  for (const payload of rows(database, root, 0)) {
    const blob = columns(payload).find(({ type }) => type >= 12 && type % 2 === 0);
    if (blob) yield blob.bytes;
  }
}

/** A pointer of two bytes, and a row of a size, an id and no columns. */
const smallestCellBytes = 5;

type Database = {
  readonly file: Buffer;
  readonly pageBytes: number;
  /** What a page holds without the part that extensions may reserve at its end. */
  readonly usableBytes: number;
  /** By page number: whether it was read. */
  readonly used: Uint8Array;
};

/** The table of tables begins on page 1: type, name, table, root page, SQL. */
function rootPage(database: Database, table: string): number {
  for (const payload of rows(database, 1, 0)) {
    const [type, name, , root] = columns(payload);
    if (
      type?.bytes.toString() === 'table' &&
      name?.bytes.toString() === table &&
      root &&
      root.bytes.length > 0
    ) {
      return root.bytes.readUIntBE(0, Math.min(root.bytes.length, 6));
    }
  }
  throw new Error(`The database has no table ${table}`);
}

function* rows(database: Database, page: number, depth: number): Generator<Buffer> {
  if (depth > maxDepth) throw new Error('The tree is too deep');
  const bytes = takePage(database, page);
  // The first page begins with the header of the file.
  const header = page === 1 ? 100 : 0;
  const type = bytes[header];
  const cells = bytes.readUInt16BE(header + 3);
  if (type !== pageType.leaf && type !== pageType.interior) throw new Error('A page is no part of a table');
  if (cells * smallestCellBytes > bytes.length) throw new Error('A page lists more rows than fit');
  const pointers = header + (type === pageType.leaf ? 8 : 12);
  for (let index = 0; index < cells; index += 1) {
    const cell = bytes.readUInt16BE(pointers + index * 2);
    if (type === pageType.interior) yield* rows(database, bytes.readUInt32BE(cell), depth + 1);
    else yield readPayload(database, bytes, cell);
  }
  if (type === pageType.interior) yield* rows(database, bytes.readUInt32BE(header + 8), depth + 1);
}

function takePage({ file, pageBytes, used }: Database, page: number): Buffer {
  if (page < 1 || page * pageBytes > file.length || used[page] === 1)
    throw new Error('A page is missing or used twice');
  used[page] = 1;
  return file.subarray((page - 1) * pageBytes, page * pageBytes);
}

/** What of a row does not fit on its page lies on a chain of others ("Cell Payload Overflow Pages"). */
function readPayload(database: Database, bytes: Buffer, cell: number): Buffer {
  const { usableBytes } = database;
  const [payloadBytes, afterSize] = varint(bytes, cell);
  const [, start] = varint(bytes, afterSize);
  const most = usableBytes - 35;
  if (payloadBytes <= most) return whole(bytes.subarray(start, start + payloadBytes), payloadBytes);
  if (payloadBytes > database.file.length) throw new Error('A row is larger than the file');
  const least = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
  const fitting = least + ((payloadBytes - least) % (usableBytes - 4));
  const local = fitting <= most ? fitting : least;
  const pieces = [bytes.subarray(start, start + local)];
  let next = bytes.readUInt32BE(start + local);
  for (let missing = payloadBytes - local; missing > 0;) {
    const page = takePage(database, next);
    const piece = page.subarray(4, 4 + Math.min(missing, usableBytes - 4));
    pieces.push(piece);
    missing -= piece.length;
    next = page.readUInt32BE(0);
  }
  return whole(Buffer.concat(pieces), payloadBytes);
}

function whole(payload: Buffer, payloadBytes: number): Buffer {
  if (payload.length !== payloadBytes) throw new Error('A row is cut off');
  return payload;
}

type Column = { readonly type: number; readonly bytes: Buffer };

/** Bytes of the types 0 to 11: nothing, integers, a double, the numbers 0 and 1. Above: blobs even, texts odd. */
const fixedBytes = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

/** The columns of a row ("Record Format"); more than a table of rpm has are not read. */
function columns(payload: Buffer): Column[] {
  const found: Column[] = [];
  const [headerBytes, first] = varint(payload, 0);
  let body = headerBytes;
  for (let at = first; at < headerBytes && found.length < 10;) {
    const [type, next] = varint(payload, at);
    const bytes = fixedBytes[type] ?? Math.floor((type - 12) / 2);
    found.push({ type, bytes: payload.subarray(body, body + bytes) });
    body += bytes;
    at = next;
  }
  return found;
}

/** A number of up to nine bytes, seven bits in each but the last; answers it and the offset behind it. */
function varint(bytes: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = bytes.readUInt8(at + index);
    value = value * 128 + (byte & 127);
    if (byte < 128) return [value, at + index + 1];
  }
  return [value * 256 + bytes.readUInt8(at + 8), at + 9];
}
