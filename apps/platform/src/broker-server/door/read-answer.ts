import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { z } from 'zod';

/** What stands before the body of an answer. */
export const AnswerHead = z.object({
  status: z.number().int().min(100).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())])).default({}),
  /** Set when the client answers itself, because of what happened on its way to the agent. */
  errorType: z.string().optional(),
});
export type AnswerHead = z.infer<typeof AnswerHead>;

/** Longest head, bytes: Node's own limit for headers is a quarter of it. */
const maxHeadBytes = 64 * 1024;

/**
 * Reads the head of an answer (four bytes of length, little-endian, and so much JSON); what is left in the stream is
 * the body.
 * @throws when the stream holds no such head.
 */
export async function readAnswerHead(stream: Readable): Promise<AnswerHead> {
  const length = (await readExactly(stream, 4)).readUInt32LE(0);
  if (length > maxHeadBytes) throw new Error('the head of the answer is too long');
  let text = await readExactly(stream, length);
  // The length counts characters, so beyond ASCII it is too small by as many bytes as such characters have more.
  while (!isJson(text) && text.length < 2 * length) {
    text = Buffer.concat([text, await readExactly(stream, 1)]);
  }
  return AnswerHead.parse(JSON.parse(text.toString('utf8')));
}

function isJson(bytes: Buffer): boolean {
  // Cheap first: a head ends with its closing bracket.
  if (bytes.at(-1) !== 0x7d) return false;
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

async function readExactly(stream: Readable, length: number): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes = stream.read(length) as Buffer | null;
    if (bytes?.length === length) return bytes;
    // At its end a stream gives what is left, however little.
    if (bytes !== null || stream.readableEnded || stream.destroyed)
      throw new Error('the answer is cut short');
    await Promise.race([once(stream, 'readable'), once(stream, 'close'), once(stream, 'end')]);
  }
}
