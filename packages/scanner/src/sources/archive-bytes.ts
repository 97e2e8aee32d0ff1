import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScannerError } from '../scanner-error.ts';
import { readBytes } from './image-files.ts';

/** An image archive that can be read again and again, from any place. */
export type ArchiveBytes = {
  /** What it is called in messages. */
  readonly name: string;
  read(start: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
};

/** What stands for standard input in the name of an image, as in skopeo, syft and tar. */
export const standardInput = '-';

/** Most bytes of a pipe that are kept: more than the layers of the largest image that is read, unpacked. */
const maxPipeBytes = 40 * 1024 ** 3;

/** An archive on disk; a named pipe, as the shell makes one of `<(docker save ..)`, is kept first. */
export async function archiveOnDisk(path: string, signal: AbortSignal): Promise<ArchiveBytes> {
  if ((await stat(path)).isFile()) {
    return {
      name: path,
      read: (start) => createReadStream(path, { start, highWaterMark: readBytes, signal }),
      close: () => Promise.resolve(),
    };
  }
  return keptBytes(path, createReadStream(path, { highWaterMark: readBytes, signal }), signal);
}

/**
 * The archive that comes in at standard input. Its list of layers stands at its end, so the bytes of a pipe are kept
 * in a temporary file that no longer has a name: nothing is left of it, however the process ends.
 */
export async function archiveFromInput(
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<ArchiveBytes> {
  return keptBytes('standard input', input, signal);
}

async function keptBytes(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<ArchiveBytes> {
  const file = await namelessFile();
  try {
    let size = 0;
    for await (const piece of bytes) {
      signal.throwIfAborted();
      size += piece.length;
      if (size > maxPipeBytes) {
        throw new ScannerError('too-large', `${name} holds more than the ${maxPipeBytes} bytes allowed`);
      }
      await file.appendFile(piece);
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    name,
    read: (start, readSignal) => piecesOf(file, start, readSignal),
    close: () => file.close(),
  };
}

async function* piecesOf(file: FileHandle, start: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(readBytes);
  for (let at = start; ;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    // Pieces are only valid until the next one is asked for.
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function namelessFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-archive-'));
  try {
    return await open(join(folder, 'archive'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
