import { createReadStream } from 'node:fs';
import { AdvisoriesError } from './advisories-error.ts';
import { maxRecordBytes, type ArchivedFile } from './zip-records.ts';

/**
 * Reads a file with one JSON record per line; empty lines are none. A line above the limit is a fault, and is not
 * held in memory.
 * @throws {AdvisoriesError} `invalid` when the file cannot be read.
 */
export async function* readJsonl(path: string, signal?: AbortSignal): AsyncIterable<ArchivedFile> {
  let parts: Buffer[] = [];
  let length = 0;
  let number = 1;
  const take = (): ArchivedFile | undefined => {
    const name = `line ${number}`;
    const bytes = Buffer.concat(parts);
    const isTooLarge = length > maxRecordBytes;
    const isBlank = !isTooLarge && bytes.toString('utf8').trim() === '';
    parts = [];
    length = 0;
    number++;
    if (isTooLarge) return { name, reason: `it is larger than ${maxRecordBytes} bytes` };
    return isBlank ? undefined : { name, bytes };
  };

  for await (const chunk of chunks(path, signal)) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      length += end - start;
      if (length <= maxRecordBytes) parts.push(chunk.subarray(start, end));
      start = end + 1;
      const record = take();
      if (record) yield record;
    }
    length += chunk.length - start;
    if (length <= maxRecordBytes) parts.push(chunk.subarray(start));
    else parts = [];
  }
  const last = take();
  if (last) yield last;
}

const newline = 10;

async function* chunks(path: string, signal?: AbortSignal): AsyncIterable<Buffer> {
  try {
    const stream: AsyncIterable<Buffer> = createReadStream(path, signal ? { signal } : {});
    yield* stream;
  } catch (error) {
    signal?.throwIfAborted();
    throw new AdvisoriesError('invalid', `Could not read ${path}`, { cause: error });
  }
}
