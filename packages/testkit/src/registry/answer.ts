import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';

/** What a server is about to say; faults change it before it is said. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** A function opens a stream, which happens only when the answer is really sent. */
  readonly body?: string | Uint8Array | (() => Readable);
  /** Breaks the connection after so many bytes of the body. */
  readonly cutAt?: number;
  /** Says nothing more after the headers, or not even those. */
  readonly stall?: 'before-headers' | 'after-headers';
  /** Sends the body in pieces of this many bytes, each on its own. */
  readonly pieceBytes?: number;
};

/** A JSON document as an answer. Every object in it has a member that no client knows, as the next version of a product may. */
export function json(status: number, document: unknown, headers: Answer['headers'] = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(withUnknownMembers(document)),
  };
}

function withUnknownMembers(document: unknown): unknown {
  if (Array.isArray(document)) return document.map(withUnknownMembers);
  if (document === null || typeof document !== 'object') return document;
  const entries = Object.entries(document).map(([key, value]) => [key, withUnknownMembers(value)]);
  // Maps by digest, which may be empty, have no members of other meanings.
  const isMap = entries.every(([key]) => String(key).startsWith('sha256:'));
  return Object.fromEntries(isMap ? entries : [...entries, ['x_of_the_next_version', { is: [null, 1.5] }]]);
}

/** A failure in the envelope of the distribution-spec. */
export function failure(status: number, code: string, headers: Answer['headers'] = {}): Answer {
  return json(status, { errors: [{ code, message: code.toLowerCase(), detail: null }] }, headers);
}

/** Writes an answer. The body of an answer to HEAD is counted and left out. */
export async function writeAnswer(response: ServerResponse, answer: Answer, isHead: boolean): Promise<void> {
  const { status, headers, body = '', cutAt, stall } = answer;
  if (stall === 'before-headers') return;
  const isStream = typeof body === 'function';
  const length = isStream ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...length, ...headers } as Record<string, string | string[]>);
  if (stall === 'after-headers') {
    response.flushHeaders();
    return;
  }
  if (isHead) {
    response.end();
    return;
  }
  if (cutAt !== undefined)
    return cut(response, isStream ? body() : Readable.from([Buffer.from(body)]), cutAt);
  if (isStream) return pipeline(body(), response);
  if (answer.pieceBytes) return trickle(response, Buffer.from(body), answer.pieceBytes);
  response.end(body);
}

async function trickle(response: ServerResponse, body: Buffer, pieceBytes: number): Promise<void> {
  for (let at = 0; at < body.length; at += pieceBytes) {
    response.write(body.subarray(at, at + pieceBytes));
    await setImmediate();
  }
  response.end();
}

async function cut(response: ServerResponse, body: Readable, cutAt: number): Promise<void> {
  let left = cutAt;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (!response.write(chunk.subarray(0, left))) await once(response, 'drain');
    left -= Math.min(left, chunk.length);
    if (left === 0) break;
  }
  // Ends the socket only after what was written is out.
  response.socket?.end(() => response.destroy());
}
