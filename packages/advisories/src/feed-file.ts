import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip, gunzipSync } from 'node:zlib';
import { AdvisoriesError } from './advisories-error.ts';
import type { FeedFile } from './feed.ts';

/** The largest file that is read as one JSON text. The largest CSAF documents have a few MB. */
const maxJsonBytes = 64 * 1024 * 1024;
/** The largest plain size of a compressed file that is streamed. Records of the public sets take less than 2 GB. */
const maxPlainBytes = 8 * 1024 ** 3;
/** Enough of a JSON text to see its format by. */
const headBytes = 64 * 1024;

/**
 * Looks at a file's name and beginning.
 * @throws {AdvisoriesError} `not-found` when it cannot be opened.
 */
export async function openFeedFile(path: string, name: string = basename(path)): Promise<FeedFile> {
  let head: Buffer;
  try {
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    head = buffer.subarray(0, bytesRead);
  } catch (error) {
    throw new AdvisoriesError('not-found', `Could not open ${path}`, { cause: error });
  }
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const plain = isGzip ? beginningOf(head) : head;
  return { path, name: name.replace(/\.gz$/i, ''), head: plain.toString('utf8'), isGzip };
}

/** What can be decompressed of the beginning of a gzip file. */
function beginningOf(head: Buffer): Buffer {
  try {
    return gunzipSync(head, { finishFlush: partialFlush, maxOutputLength: maxJsonBytes });
  } catch {
    return Buffer.alloc(0);
  }
}

/** `zlib.constants.Z_SYNC_FLUSH`: gives what there is instead of failing at the end of the input. */
const partialFlush = 2;

/** The contents of a file, decompressed and bounded. @throws {AdvisoriesError} */
export async function* contentsOf(
  { path, isGzip, bytes: known }: Pick<FeedFile, 'path' | 'isGzip' | 'bytes'>,
  signal?: AbortSignal,
  maxBytes: number = maxPlainBytes,
): AsyncIterable<Buffer> {
  if (known) {
    yield known;
    return;
  }
  const file = createReadStream(path, signal ? { signal } : {});
  const stream: AsyncIterable<Buffer> = isGzip ? file.pipe(createGunzip()) : file;
  if (isGzip) file.on('error', (error) => (stream as unknown as { destroy(e: Error): void }).destroy(error));
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw new AdvisoriesError('too-large', `${path} holds more than ${maxBytes} bytes`);
      }
      yield chunk;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof AdvisoriesError) throw error;
    throw new AdvisoriesError('invalid', `Could not read ${path}`, { cause: error });
  } finally {
    file.destroy();
  }
}

/** Reads a file as one JSON text. @throws {AdvisoriesError} `invalid` when it is none, `too-large`. */
export async function readJson(
  file: FeedFile,
  signal?: AbortSignal,
): Promise<{ value: unknown; bytes: Buffer }> {
  const parts: Buffer[] = [];
  for await (const part of contentsOf(file, signal, maxJsonBytes)) parts.push(part);
  const bytes = Buffer.concat(parts);
  try {
    return { value: JSON.parse(bytes.toString('utf8')), bytes };
  } catch (error) {
    throw new AdvisoriesError('invalid', `${file.name} is no JSON`, { cause: error });
  }
}

/** Tells this state of a file from others. @throws {AdvisoriesError} `not-found` */
export async function fileValidator(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    throw new AdvisoriesError('not-found', `There is nothing at ${path}`, { cause: error });
  });
  return `file:${found.size}-${Math.floor(found.mtimeMs)}`;
}
