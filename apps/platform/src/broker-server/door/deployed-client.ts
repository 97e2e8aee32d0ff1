import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { bodyLimits, requestHeaders, type BrokerFailure, type ClientStatus } from '@plimsoll/contracts';
import {
  TunnelError,
  type ClientConnection,
  type TunnelRequest,
  type TunnelResponse,
} from '@plimsoll/tunnel';
import type { Socket } from 'engine.io';
import { answerBody } from './answer-body.ts';
import type { AnswerHead } from './read-answer.ts';
import { binary, eventMessage } from './wire.ts';

/** Limits of a request that names none of its own; those of the native tunnel. */
const requestDefaults = { headersTimeoutMs: 60_000, idleTimeoutMs: 60_000, maxBodyBytes: 16 * 1024 * 1024 };

type Pending = {
  readonly request: TunnelRequest;
  readonly resolve: (response: TunnelResponse) => void;
  readonly reject: (error: unknown) => void;
};

/** One socket of a deployed client: requests go out as events, answers come as requests of their own. */
export class DeployedClient implements ClientConnection {
  readonly id = randomUUID();
  readonly connectedAt = new Date();
  readonly client: { readonly clientId: string; readonly version: string };
  readonly closed: Promise<void>;
  status: ClientStatus | undefined;
  isSuspect = false;

  readonly #socket: Socket;
  readonly #pending = new Map<string, Pending>();
  #inFlight = 0;
  #isDraining = false;

  constructor(socket: Socket, client: { readonly clientId: string; readonly version: string }) {
    this.client = client;
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        const lost = new TunnelError('client-disconnected', 'the client was lost during the request');
        for (const { reject } of this.#pending.values()) reject(lost);
        resolve();
      });
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === 'open' && !this.#isDraining;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Sends a request and resolves at the answer's head; the request is bound to this socket until then. */
  async request(request: TunnelRequest): Promise<TunnelResponse> {
    const { signal, method, path, headers = {} } = request;
    signal?.throwIfAborted();
    const body = await readBody(request.body);
    if (!this.isOpen) throw new TunnelError('no-connection', 'the client takes no new requests');
    const streamingID = randomUUID();
    const requestId = headers[requestHeaders.requestId] ?? randomUUID();
    const headersTimeoutMs = request.headersTimeoutMs ?? requestDefaults.headersTimeoutMs;
    this.#inFlight += 1;
    const { promise, resolve, reject } = Promise.withResolvers<TunnelResponse>();
    this.#pending.set(streamingID, { request, resolve, reject });
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(
      () => reject(new TunnelError('timeout', `no answer within ${headersTimeoutMs} ms`)),
      headersTimeoutMs,
    );
    this.#socket.send(
      eventMessage('request', {
        url: path,
        method,
        headers: { ...headers, [requestHeaders.requestId]: requestId },
        ...(body && { body: binary(body) }),
        streamingID,
        requestId,
      }),
    );
    try {
      const response = await promise;
      response.body.once('close', () => {
        this.#inFlight -= 1;
        signal?.removeEventListener('abort', onAbort);
      });
      // From here on the signal ends the body.
      signal?.addEventListener('abort', () => response.body.destroy(), { once: true });
      return response;
    } catch (error) {
      this.#inFlight -= 1;
      signal?.removeEventListener('abort', onAbort);
      throw error;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(streamingID);
    }
  }

  /** Whether an answer with this id is waited for. */
  awaits(streamId: string): boolean {
    return this.#pending.has(streamId);
  }

  /** Hands an answer to whoever waits for it. Resolves when its body is gone, read or not; false when nobody waits. */
  async deliver(streamId: string, head: AnswerHead, source: Readable): Promise<boolean> {
    const pending = this.#pending.get(streamId);
    if (!pending) return false;
    const { idleTimeoutMs, maxBodyBytes } = { ...requestDefaults, ...pending.request };
    const body = answerBody(source, { idleTimeoutMs, maxBodyBytes });
    pending.resolve({ status: head.status, headers: headersOf(head), body });
    if (!body.destroyed) await once(body, 'close').catch(() => undefined);
    return true;
  }

  /** Takes no new requests, lets those under way finish for at most `graceMs`, then closes. */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    const deadline = Date.now() + graceMs;
    while (this.#inFlight > 0 && Date.now() < deadline) {
      await Promise.race([this.closed, new Promise((resolve) => setTimeout(resolve, drainPollMs))]);
    }
    this.terminate();
    await this.closed;
  }

  close(): void {
    this.terminate();
  }

  terminate(): void {
    this.#socket.close(true);
  }
}

const drainPollMs = 50;

/** Headers of one connection, and those that only a broker may set. */
const droppedHeaders = new Set<string>([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  requestHeaders.brokerFailure,
]);

function headersOf({ status, headers, errorType }: AnswerHead): TunnelResponse['headers'] {
  const passed = Object.entries(headers).filter(([name]) => !droppedHeaders.has(name.toLowerCase()));
  const shown = passed.map(([name, value]) => [
    name.toLowerCase(),
    typeof value === 'number' ? String(value) : value,
  ]);
  return {
    ...(Object.fromEntries(shown) as TunnelResponse['headers']),
    ...(errorType !== undefined && { [requestHeaders.brokerFailure]: failureOf(status) }),
  };
}

function failureOf(status: number): BrokerFailure {
  if (status === 401) return 'blocked';
  return status === 504 ? 'timeout' : 'unreachable';
}

/** The body of a request goes out in one message, so it is held whole. */
async function readBody(body: TunnelRequest['body']): Promise<Buffer | undefined> {
  if (body === undefined) return undefined;
  if (!(body instanceof Readable)) return Buffer.from(body);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimits.agentRequest) {
      throw new TunnelError('too-large', `the request is larger than ${bodyLimits.agentRequest} bytes`);
    }
    chunks.push(chunk);
  }
  return length > 0 ? Buffer.concat(chunks) : undefined;
}
