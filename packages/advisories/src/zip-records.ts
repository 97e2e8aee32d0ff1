import { closeSync, openSync, readSync } from 'node:fs';
import { crc32, inflateRawSync } from 'node:zlib';
import yauzl from 'yauzl';
import { AdvisoriesError } from './advisories-error.ts';

/** The largest record that is read. The largest real ones have a few MB. */
export const maxRecordBytes = 32 * 1024 * 1024;

/** A file of an archive, or why it is left out. */
export type ArchivedFile =
  | { readonly name: string; readonly bytes: Uint8Array }
  | { readonly name: string; readonly reason: string };

/**
 * Reads the .json files of a zip (ZIP64 too) one at a time, in the order of its directory. Names that are paths,
 * sizes above the limit and damaged data make a fault of that file only.
 * @throws {AdvisoriesError} `invalid` when the archive's own directory cannot be read.
 */
export async function* readZip(path: string, signal?: AbortSignal): AsyncIterable<ArchivedFile> {
  const zip = await openZip(path);
  const file = openSync(path, 'r');
  try {
    for (;;) {
      signal?.throwIfAborted();
      const entry = await nextEntry(zip, path);
      if (!entry) return;
      const name = shownName(entry);
      const reason = refusal(entry, name);
      if (reason) yield { name, reason };
      else yield readEntry(file, entry, name);
    }
  } finally {
    closeSync(file);
    zip.close();
  }
}

function openZip(path: string): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    // Names stay bytes: yauzl would end the whole archive at the first one that is a path.
    const options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: true };
    yauzl.open(path, options, (error, zip) => {
      if (error) reject(new AdvisoriesError('invalid', `${path} is not a readable zip`, { cause: error }));
      else resolve(zip);
    });
  });
}

function nextEntry(zip: yauzl.ZipFile, path: string): Promise<yauzl.Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      zip.removeAllListeners();
      finish();
    };
    zip.once('entry', (entry: yauzl.Entry) => settle(() => resolve(entry)));
    zip.once('end', () => settle(() => resolve(undefined)));
    zip.once('error', (error: Error) =>
      settle(() =>
        reject(new AdvisoriesError('invalid', `The directory of ${path} is damaged`, { cause: error })),
      ),
    );
    if (zip.entriesRead === zip.entryCount) settle(() => resolve(undefined));
    else zip.readEntry();
  });
}

/** Enough of a name to find the file again. */
const maxNameLength = 255;

function shownName(entry: yauzl.Entry): string {
  return Buffer.from(entry.fileName).toString('utf8').slice(0, maxNameLength);
}

function refusal(entry: yauzl.Entry, name: string): string | undefined {
  if (/[/\\\0]|^\.|\.\./.test(name)) return 'its name is a path';
  if (!name.endsWith('.json')) return 'it is no .json file';
  if (entry.isEncrypted()) return 'it is encrypted';
  if (entry.uncompressedSize > maxRecordBytes || entry.compressedSize > maxRecordBytes) {
    return `it is larger than ${maxRecordBytes} bytes`;
  }
  if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated) {
    return `its compression ${entry.compressionMethod} is not known`;
  }
  return undefined;
}

const stored = 0;
const deflated = 8;
/** Fixed part of the header before a file's data (APPNOTE 4.3.7); name and extra field follow. */
const localHeaderBytes = 30;

/** Reads a file with one inflate call: a stream per record would cost more than all the rest of an import. */
function readEntry(file: number, entry: yauzl.Entry, name: string): ArchivedFile {
  try {
    const header = readAt(file, entry.relativeOffsetOfLocalHeader, localHeaderBytes);
    const start =
      entry.relativeOffsetOfLocalHeader +
      localHeaderBytes +
      header.readUInt16LE(26) +
      header.readUInt16LE(28);
    const data = readAt(file, start, entry.compressedSize);
    const bytes =
      entry.compressionMethod === stored
        ? data
        : inflateRawSync(data, { maxOutputLength: Math.max(entry.uncompressedSize, 1) });
    if (bytes.length !== entry.uncompressedSize || crc32(bytes) !== entry.crc32) {
      return { name, reason: 'its data is damaged' };
    }
    return { name, bytes };
  } catch (error) {
    return { name, reason: `its data is damaged: ${(error as Error).message}` };
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let read = 0;
  while (read < length) {
    const count = readSync(file, buffer, read, length - read, position + read);
    if (count === 0) throw new Error('the archive ends early');
    read += count;
  }
  return buffer;
}
