import { maxRecordBytes, type ArchivedFile } from './zip-records.ts';

/**
 * Splits contents into records, one per line; empty lines are none. A line above the limit is a fault, and is not
 * held in memory.
 */
export async function* readJsonl(contents: AsyncIterable<Buffer>): AsyncIterable<ArchivedFile> {
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

  for await (const chunk of contents) {
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
