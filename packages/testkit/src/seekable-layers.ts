import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { rawTar } from './raw-tar.ts';

/** A layer with a table of contents: its blob, its plain bytes, and what the manifest must say of it. */
export type SeekableLayer = {
  readonly bytes: Buffer;
  readonly plain: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
};

/** An entry of the table before it is written; tests change it to make tables that lie. */
export type TableEntry = Record<string, string | number>;

export type SeekableOptions = {
  /** Plain bytes of a chunk. */
  readonly chunkBytes?: number;
  /** Changes the entries of the table; the digest in the annotations is that of the changed table. */
  readonly change?: (entries: TableEntry[]) => TableEntry[];
  /** Changes the table as it is written. */
  readonly rewrite?: (json: Buffer) => Buffer;
};

const defaultChunkBytes = 64 * 1024;

/**
 * Converts a tar to eStargz (containerd/stargz-snapshotter, docs/estargz.md): gzip members that begin at every chunk of
 * a file, the table as a last file of the tar, and a footer that tells where that is.
 */
export function estargz(tar: Uint8Array, options: SeekableOptions = {}): SeekableLayer {
  const units: Buffer[] = [];
  let size = 0;
  const put = (plain: Uint8Array) => {
    const unit = gzipSync(plain);
    units.push(unit);
    size += unit.length;
  };
  const table = entriesOf(tar, options, (plain) => {
    const offset = size;
    put(plain);
    return { offset };
  });
  const json = tableJson(table, options);
  const tableOffset = size;
  put(rawTar([{ name: 'stargz.index.json', body: json }]));
  const plain = Buffer.concat(units.map((unit) => gunzipSync(unit)));
  return {
    bytes: Buffer.concat([...units, footer(tableOffset)]),
    plain,
    annotations: { 'containerd.io/snapshot/stargz/toc.digest': sha256(json) },
  };
}

/** An empty gzip member whose extra field `SG` holds the place of the table: 51 bytes. */
function footer(offset: number): Buffer {
  const field = `SG\x16\0${offset.toString(16).padStart(16, '0')}STARGZ`;
  return Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 26, 0]),
    Buffer.from(field, 'latin1'),
    Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]),
  ]);
}

/**
 * Converts a tar to zstd:chunked (containers/storage, pkg/chunked): zstd frames that begin at every chunk of a file, and
 * the table in a skippable frame behind them.
 */
export function zstdChunked(tar: Uint8Array, options: SeekableOptions = {}): SeekableLayer {
  const units: Buffer[] = [];
  let size = 0;
  const table = entriesOf(tar, options, (plain) => {
    const unit = zstdCompressSync(plain);
    const offset = size;
    units.push(unit);
    size += unit.length;
    return { offset, endOffset: size };
  });
  units.push(zstdCompressSync(Buffer.alloc(1024)));
  size += units.at(-1)?.length ?? 0;
  const json = tableJson(table, options);
  const stored = zstdCompressSync(json);
  const frameHead = Buffer.alloc(8);
  frameHead.writeUInt32LE(0x18_4d_2a_50);
  frameHead.writeUInt32LE(stored.length, 4);
  const name = 'io.github.containers.zstd-chunked.manifest';
  return {
    bytes: Buffer.concat([...units, frameHead, stored]),
    plain: Buffer.from(tar),
    annotations: {
      [`${name}-checksum`]: sha256(stored),
      [`${name}-position`]: `${size + frameHead.length}:${stored.length}:${json.length}:1`,
    },
  };
}

function tableJson(entries: TableEntry[], { rewrite = (json) => json }: SeekableOptions): Buffer {
  return rewrite(Buffer.from(JSON.stringify({ version: 1, entries })));
}

type Place = { readonly offset: number; readonly endOffset?: number };

/** Writes heads and chunks one after the other, and tells of them in the table. */
function entriesOf(
  tar: Uint8Array,
  { chunkBytes = defaultChunkBytes, change = (entries) => entries }: SeekableOptions,
  put: (plain: Uint8Array) => Place,
): TableEntry[] {
  const table: TableEntry[] = [];
  for (const { head, body, padding, ...entry } of tarEntries(Buffer.from(tar))) {
    put(head);
    const common = { name: entry.name };
    if (body.length === 0) {
      table.push({ ...common, type: entry.type, linkName: entry.linkName, size: 0 });
      continue;
    }
    for (let start = 0; start < body.length; start += chunkBytes) {
      const chunk = body.subarray(start, start + chunkBytes);
      const isLast = start + chunk.length === body.length;
      const place = put(isLast ? Buffer.concat([chunk, padding]) : chunk);
      table.push({
        ...common,
        ...(start === 0
          ? { type: 'reg', size: body.length, digest: sha256(body) }
          : { type: 'chunk', chunkOffset: start }),
        chunkSize: isLast && start === 0 ? 0 : chunk.length,
        chunkDigest: sha256(chunk),
        ...place,
      });
    }
  }
  return change(table);
}

const types: Readonly<Record<string, string>> = {
  '0': 'reg',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'dir',
  '6': 'fifo',
};

/** The entries of a well-formed tar, each with the blocks before its body. */
function* tarEntries(tar: Buffer) {
  let head: Buffer[] = [];
  let pax: Record<string, string> = {};
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + 512);
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
    const body = tar.subarray(at + 512, at + 512 + size);
    const next = at + 512 + Math.ceil(size / 512) * 512;
    const kind = header.toString('latin1', 156, 157);
    if (kind === 'x') {
      head.push(tar.subarray(at, next));
      pax = Object.fromEntries(
        [...body.toString().matchAll(/^\d+ (\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]),
      );
    } else {
      const text = (from: number, length: number) =>
        header.toString('utf8', from, from + length).replace(/\0.*$/s, '');
      const prefix = text(345, 155);
      yield {
        name: pax['path'] ?? (prefix ? `${prefix}/${text(0, 100)}` : text(0, 100)),
        linkName: pax['linkpath'] ?? text(157, 100),
        type: types[kind] ?? 'reg',
        head: Buffer.concat([...head, header]),
        body,
        padding: tar.subarray(at + 512 + size, next),
      };
      head = [];
      pax = {};
    }
    at = next;
  }
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
