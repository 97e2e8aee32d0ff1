import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { BackupEntry } from '@plimsoll/local-postgres';
import { extract, pack, type Header } from 'tar-stream';
import { z } from 'zod';

/** First file of a backup: where it comes from, and so where it can go. */
export const BackupManifest = z.object({
  format: z.literal('plimsoll-backup-1'),
  created_at: z.iso.datetime(),
  /** Files of a database fit the same kind of processor and operating system only. */
  machine: z.string(),
  /** Major version of PostgreSQL. */
  postgres: z.number().int(),
  /** Newest migration that the database has. */
  schema: z.string(),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

const BackupEnd = z.object({ files: z.number().int(), bytes: z.number().int() });
export type BackupEnd = z.infer<typeof BackupEnd>;

/** What the files of a database depend on besides PostgreSQL's major version. */
export const machineKind = `${process.platform}-${process.arch}`;

const manifestName = 'plimsoll-backup.json';
const stateName = 'state.json';
/** Last file of a backup; without it the archive was cut off. */
const endName = 'end.json';
const databasePrefix = 'postgres/';

/** Files of ours in the archive are small; a larger one is none. */
const maxSmallFileBytes = 16 * 1024 * 1024;

/** The file is no backup, is damaged, or was cut off; the message says which. */
export class BackupArchiveError extends Error {
  override readonly name = 'BackupArchiveError';
}

/**
 * Writes a backup: a tar in zstd with checksums, readable by the owner only. `state` is asked for at the end.
 * @throws when a file is at `path` already.
 */
export async function writeBackup(
  path: string,
  manifest: BackupManifest,
  database: AsyncIterable<BackupEntry>,
  state: () => string,
): Promise<BackupEnd> {
  const tar = pack();
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  const written = pipeline(tar, compress, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
  const fill = async () => {
    const end: BackupEnd = { files: 0, bytes: 0 };
    await addText(tar, manifestName, JSON.stringify(manifest));
    for await (const { path: name, sizeBytes, read } of database) {
      await add(tar, databasePrefix + name, sizeBytes, read());
      end.files += sizeBytes === undefined ? 0 : 1;
      end.bytes += sizeBytes ?? 0;
    }
    await addText(tar, stateName, state());
    await addText(tar, endName, JSON.stringify(end));
    tar.finalize();
    return end;
  };
  const filled = fill().catch((error: unknown) => {
    tar.destroy(error as Error);
    throw error;
  });
  // When writing fails, filling never ends: the first failure counts.
  const [end] = await Promise.all([Promise.race([filled, written.then(() => filled)]), written]);
  return end;
}

async function addText(tar: ReturnType<typeof pack>, name: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  await add(tar, name, bytes.length, [bytes]);
}

async function add(
  tar: ReturnType<typeof pack>,
  name: string,
  size: number | undefined,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const header =
    size === undefined ? { name, type: 'directory' as const, mode: 0o700 } : { name, size, mode: 0o600 };
  const entry = tar.entry(header);
  const finished = once(entry, 'finish');
  for await (const chunk of chunks) if (!entry.write(chunk)) await once(entry, 'drain');
  entry.end(null);
  await finished;
}

/** A backup that is being read: first `manifest`, then `database` to its end, then `rest`. */
export type OpenedBackup = {
  readonly manifest: BackupManifest;
  readonly database: AsyncIterable<BackupEntry>;
  /** State of `plimsoll up`, as `writeBackup` was given it. */
  readonly rest: () => { readonly state: string; readonly end: BackupEnd };
};

/**
 * Opens a backup. Iterating `database` to its end reads the whole archive and checks that it is whole.
 * @throws {BackupArchiveError} here and from `database`.
 */
export async function openBackup(path: string): Promise<OpenedBackup> {
  const tar = extract();
  const fed = pipeline(createReadStream(path), createZstdDecompress(), tar);
  fed.catch(() => undefined);
  const entries = (tar as AsyncIterable<unknown> as AsyncIterable<Entry>)[Symbol.asyncIterator]();
  const next = async () => {
    try {
      return await entries.next();
    } catch (error) {
      throw unreadable(path, error);
    }
  };
  const first = await next();
  if (first.done === true || first.value.header.name !== manifestName) {
    throw unreadable(path);
  }
  const manifest = await small(first.value, BackupManifest, path);
  let state: string | undefined;
  let end: BackupEnd | undefined;

  async function* database(): AsyncGenerator<BackupEntry> {
    let files = 0;
    for (let item = await next(); item.done !== true; item = await next()) {
      const { name, type, size } = item.value.header;
      if (name === stateName) state = await textOf(item.value, path);
      else if (name === endName) end = await small(item.value, BackupEnd, path);
      else if (!name.startsWith(databasePrefix)) throw unreadable(path);
      else {
        const isFolder = type === 'directory';
        if (!isFolder) files += 1;
        const entry = item.value;
        yield {
          path: name.slice(databasePrefix.length).replace(/\/$/, ''),
          sizeBytes: isFolder ? undefined : size,
          read: () => bytesOf(entry, path),
        };
        entry.resume();
      }
    }
    if (end === undefined || end.files !== files || state === undefined) {
      throw new BackupArchiveError(`${path} was cut off: it is not a whole backup.`);
    }
    await fed;
  }
  return {
    manifest,
    database: database(),
    rest: () => {
      if (state === undefined || end === undefined) throw new Error('the database was not read to its end');
      return { state, end };
    },
  };
}

type Entry = AsyncIterable<Uint8Array> & { readonly header: Header; resume(): unknown };

async function small<T>(entry: Entry, schema: z.ZodType<T>, path: string): Promise<T> {
  const text = await textOf(entry, path);
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function textOf(entry: Entry, path: string): Promise<string> {
  if (entry.header.size > maxSmallFileBytes) throw unreadable(path);
  return (await buffer(bytesOf(entry, path))).toString('utf8');
}

async function* bytesOf(entry: Entry, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* entry;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause?: unknown): BackupArchiveError {
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  return new BackupArchiveError(
    `${path} is not a backup that this release can read, or is damaged${reason}.`,
    {
      cause,
    },
  );
}
