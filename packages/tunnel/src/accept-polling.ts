import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HopError } from '@plimsoll/contracts';
import type { Link } from './link.ts';
import { PollingSession } from './polling-session.ts';
import { holdPollMs, maxPollBytes, missedPolls, pollingPath } from './polling-wire.ts';
import { readBytes } from './read-bytes.ts';

/** Whether a dial is taken: as whose, or with which status it is refused, and why. */
export type Admission<Identity> =
  | { readonly identity: Identity; readonly token: string }
  | { readonly status: number; readonly message: string };

export type PollingOptions<Identity> = {
  /** Decides about a dial, as about an upgrade. */
  admit(request: IncomingMessage): Promise<Admission<Identity>>;
  /** The token that a request carries. */
  tokenOf(request: IncomingMessage): string | undefined;
  /** Whether a request comes from where the link may be used. */
  mayContinue(identity: Identity, request: IncomingMessage): boolean;
  open(link: Link, request: IncomingMessage, identity: Identity): void;
  /** What the platform tells of itself on every answer. */
  introduction(): Readonly<Record<string, string>>;
  readonly holdMs: number | undefined;
};

type Held<Identity> = {
  readonly session: PollingSession;
  readonly tokenHash: Buffer;
  readonly identity: Identity;
};

/** Accepts the links of clients that poll. The handler answers whatever comes to `pollingPath` and below it. */
export function acceptPolling<Identity>(
  options: PollingOptions<Identity>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const holdMs = options.holdMs ?? holdPollMs;
  const links = new Map<string, Held<Identity>>();

  function answer(response: ServerResponse, status: number, body: Buffer, type = 'application/json'): void {
    const headers = {
      'content-type': type,
      'content-length': body.length,
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      ...options.introduction(),
    };
    // What of a refused request has not arrived is not waited for.
    response.writeHead(status, status < 400 ? headers : { ...headers, connection: 'close' }).end(body);
  }

  function refuse(response: ServerResponse, status: number, message: string): void {
    answer(
      response,
      status,
      Buffer.from(JSON.stringify({ code: String(status), message } satisfies HopError)),
    );
  }

  async function open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admission = await options.admit(request);
    if (!('identity' in admission)) return refuse(response, admission.status, admission.message);
    if (response.destroyed) return;
    const session = new PollingSession(holdMs);
    const { identity, token } = admission;
    links.set(session.id, { session, identity, tokenHash: hash(token) });
    // For as long again a client that asks is told why its link is closed.
    session.onClosed(() => setTimeout(() => links.delete(session.id), holdMs * missedPolls).unref());
    options.open(session, request, identity);
    answer(response, 201, Buffer.from(JSON.stringify({ link: session.id })));
  }

  function heldOf(id: string, request: IncomingMessage): Held<Identity> | undefined {
    const held = links.get(id);
    const token = options.tokenOf(request);
    const isSame = held && token !== undefined && timingSafeEqual(held.tokenHash, hash(token));
    return isSame && options.mayContinue(held.identity, request) ? held : undefined;
  }

  async function poll({ session }: Held<Identity>, offset: number, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const bytes = await session.take(offset, gone.signal);
    if (session.closedWith !== undefined) refuse(response, 410, session.closedWith);
    else answer(response, 200, bytes, 'application/octet-stream');
  }

  async function take(
    { session }: Held<Identity>,
    offset: number,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const bytes = await readBytes(request, maxPollBytes);
    if (bytes === undefined) return refuse(response, 413, `at most ${maxPollBytes} bytes are taken at once`);
    session.give(offset, bytes);
    if (session.closedWith !== undefined) refuse(response, 410, session.closedWith);
    else response.writeHead(204, options.introduction()).end();
  }

  return async (request, response) => {
    const url = new URL(request.url ?? '', 'http://platform');
    const id = url.pathname.slice(pollingPath.length + 1);
    if (id === '' && request.method === 'POST') return open(request, response);
    const held = heldOf(id, request);
    // Whether the link, the token or the place is wrong is for those to know who opened it.
    if (!held) return refuse(response, 410, 'there is no such link');
    const offset = readOffset(url);
    if (request.method === 'DELETE') held.session.terminate();
    if (request.method === 'DELETE') answer(response, 200, Buffer.from('{}'));
    else if (offset === undefined) refuse(response, 400, 'the offset is missing');
    else if (request.method === 'GET') await poll(held, offset, response);
    else if (request.method === 'POST') await take(held, offset, request, response);
    else refuse(response, 405, 'links are polled with GET and POST');
  };
}

function readOffset({ searchParams }: URL): number | undefined {
  const text = searchParams.get('offset') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
