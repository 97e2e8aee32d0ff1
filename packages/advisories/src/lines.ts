import { AdvisoriesError } from './advisories-error.ts';

/** Lines of the files that are read by line have some ten bytes. */
const maxLineLength = 64 * 1024;

/** Splits text into lines without their ends. @throws {AdvisoriesError} `too-large` at a line without an end. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLineLength) throw new AdvisoriesError('too-large', 'A line is too long to be read');
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest) yield rest;
}
