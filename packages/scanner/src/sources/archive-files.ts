import { posix } from 'node:path';
import { isCompressed, openEngine } from '../layers/decompress.ts';
import { normalPath, TarWalker, type TarEntry } from '../layers/tar-walker.ts';
import { ScannerError } from '../scanner-error.ts';
import type { ArchiveBytes } from './archive-bytes.ts';
import type { ImageFiles } from './image-files.ts';

/** Most entries of an image archive: a file or three per layer, and some JSON. */
const maxEntries = 20_000;

/** Links followed to a file of the archive; `docker save` once wrote one for each layer that two images share. */
const maxLinks = 8;

/**
 * The files of an image archive: a tar, plain or compressed as a whole. It is walked once to learn where each file
 * lies; a compressed archive is then decompressed from its start for every file that is read.
 * @throws {ScannerError} `invalid-image` when it is no tar archive.
 */
export async function archiveFiles(archive: ArchiveBytes, signal: AbortSignal): Promise<ImageFiles> {
  const entries = await listEntries(archive, signal);
  const find = (path: string): TarEntry | undefined => {
    let entry = entries.get(path);
    for (let hops = 0; entry && entry.type !== 'file' && hops < maxLinks; hops += 1) {
      const from = entry.type === 'symlink' ? posix.dirname(entry.path) : '';
      entry = entry.target ? entries.get(normalPath(`${from}/${entry.target}`)) : undefined;
    }
    return entry?.type === 'file' && !entry.isSparse ? entry : undefined;
  };
  return {
    size: (path) => Promise.resolve(find(path)?.sizeBytes),
    async *open(path, bodySignal) {
      const entry = find(path);
      if (!entry) throw new ScannerError('invalid-image', `The archive holds no ${path}`);
      const end = entry.bodyOffset + entry.sizeBytes;
      for await (const { bytes, at } of plainBytes(archive, entry.bodyOffset, bodySignal)) {
        yield bytes.subarray(Math.max(0, entry.bodyOffset - at), Math.max(0, end - at));
        if (at + bytes.length >= end) return;
      }
    },
  };
}

async function listEntries(archive: ArchiveBytes, signal: AbortSignal): Promise<Map<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
  const walker = new TarWalker({
    entry(entry) {
      entries.set(entry.path, entry);
      if (entries.size > maxEntries) throw new Error(`more than ${maxEntries} entries`);
      return false;
    },
    body() {},
  });
  try {
    for await (const { bytes } of plainBytes(archive, 0, signal)) {
      walker.write(bytes);
      if (walker.isFinished) break;
    }
  } catch (error) {
    throw new ScannerError('invalid-image', `${archive.name} cannot be read as an image archive`, {
      cause: error,
    });
  }
  return entries;
}

type Piece = { readonly bytes: Uint8Array; /** Where it lies in the plain archive. */ readonly at: number };

/** The archive's plain bytes, from `start` on when it is not compressed, else from the beginning. */
async function* plainBytes(archive: ArchiveBytes, start: number, signal: AbortSignal): AsyncGenerator<Piece> {
  const head = await readHead(archive, signal);
  const engine = openEngine(head);
  let at = isCompressed(head) ? 0 : start;
  try {
    for await (const stored of archive.read(at, signal)) {
      for await (const bytes of engine.write(stored)) {
        yield { bytes, at };
        at += bytes.length;
      }
    }
  } finally {
    engine.close();
  }
}

async function readHead(archive: ArchiveBytes, signal: AbortSignal): Promise<Uint8Array> {
  for await (const piece of archive.read(0, signal)) return Buffer.from(piece.subarray(0, 4));
  return new Uint8Array();
}
