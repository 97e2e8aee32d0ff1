import type { IncomingMessage } from 'node:http';

/**
 * Reads a whole body.
 * @returns undefined when it is larger than `maxBytes`; the rest is not read then.
 * @throws when it does not arrive whole.
 */
export async function readBytes(message: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}
