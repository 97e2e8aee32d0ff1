import { Readable } from 'node:stream';
import { crc32, inflateRawSync } from 'node:zlib';
import yauzl from 'yauzl';
import { AdvisoriesError } from './advisories-error.ts';
import { WindowedFile } from './windowed-file.ts';

/** The largest record that is read. The largest real ones have a few MB. */
export const maxRecordBytes = 32 * 1024 * 1024;

/** A file of an archive, or why it is left out. */
export type ArchivedFile =
  | {
      readonly name: string;
      readonly bytes: Uint8Array;
      /** The same as the archive had it, raw DEFLATE (RFC 1951), where it had it so. */
      readonly deflated?: Uint8Array;
    }
  | { readonly name: string; readonly reason: string };

/**
 * Reads the .json files of a zip (ZIP64 too) one at a time, in the order of its directory. Names that are paths,
 * sizes above the limit and damaged data make a fault of that file only.
 * @throws {AdvisoriesError} `invalid` when the archive's own directory cannot be read.
 */
export async function* readZip(path: string, signal?: AbortSignal): AsyncIterable<ArchivedFile> {
  // The directory lies behind the data, so each has a window of its own.
  const [directory, data] = [openFile(path), openFile(path)];
  try {
    const zip = await openZip(path, directory);
    for (;;) {
      signal?.throwIfAborted();
      const entry = await nextEntry(zip, path);
      if (!entry) return;
      const name = shownName(entry);
      const reason = refusal(entry, name);
      if (reason) yield { name, reason };
      else yield readEntry(data, entry, name);
    }
  } finally {
    directory.close();
    data.close();
  }
}

function openFile(path: string): WindowedFile {
  try {
    return new WindowedFile(path);
  } catch (error) {
    throw new AdvisoriesError('not-found', `Could not open ${path}`, { cause: error });
  }
}

function openZip(path: string, file: WindowedFile): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    // Names stay bytes: yauzl would end the whole archive at the first one that is a path.
    const options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: true };
    yauzl.fromRandomAccessReader(new WindowReader(file), file.sizeBytes, options, (error, zip) => {
      if (error) reject(new AdvisoriesError('invalid', `${path} is not a readable zip`, { cause: error }));
      else resolve(zip);
    });
  });
}

/** Lets yauzl read the directory through a window; by itself it asks the system twice per entry. */
class WindowReader extends yauzl.RandomAccessReader {
  readonly #file: WindowedFile;

  constructor(file: WindowedFile) {
    super();
    this.#file = file;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from([this.#file.read(start, end - start)]);
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    try {
      this.#file.read(position, length).copy(buffer, offset);
    } catch (error) {
      return callback(error as Error);
    }
    callback(null);
  }
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
function readEntry(file: WindowedFile, entry: yauzl.Entry, name: string): ArchivedFile {
  try {
    const at = entry.relativeOffsetOfLocalHeader;
    const header = file.read(at, localHeaderBytes);
    const start = at + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
    const data = file.read(start, entry.compressedSize);
    const bytes = entry.compressionMethod === stored ? data : inflate(data, entry.uncompressedSize);
    if (bytes.length !== entry.uncompressedSize || crc32(bytes) !== entry.crc32) {
      return { name, reason: 'its data is damaged' };
    }
    return entry.compressionMethod === deflated ? { name, bytes, deflated: data } : { name, bytes };
  } catch (error) {
    return { name, reason: `its data is damaged: ${(error as Error).message}` };
  }
}

function inflate(data: Buffer, size: number): Buffer {
  // One chunk of the announced size, so that nothing is joined afterwards.
  return inflateRawSync(data, {
    maxOutputLength: Math.max(size, 1),
    chunkSize: Math.max(size, minChunkBytes),
  });
}

/** zlib refuses smaller chunks. */
const minChunkBytes = 64;
