import http, { type Agent, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { BrokerClientError } from './broker-client-error.ts';

export type OutgoingRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** A stream that fails cancels the request. */
  readonly body?: Buffer | Readable;
  /** Longest silence on the connection, milliseconds: while it is made, while bodies go, before the answer begins. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
};

/** Where requests of one kind go out: connections kept alive, proxy and trust. */
export type Route = { readonly http: Agent; readonly https: Agent };

/**
 * Sends an HTTP request and resolves at the headers of the answer, whose body fails when it stalls or is cut short.
 * Redirects are not followed.
 * @throws {BrokerClientError} `unreachable`, `timeout`; the error of the body; the signal's reason.
 */
export function sendRequest(route: Route, outgoing: OutgoingRequest): Promise<IncomingMessage> {
  const { method, url, headers, body, idleTimeoutMs, signal } = outgoing;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const isTls = url.protocol === 'https:';
    const agent = isTls ? route.https : route.http;
    const request = (isTls ? https : http).request(url, {
      method,
      headers,
      agent,
      timeout: idleTimeoutMs,
    });
    // Not the option `signal` of http: it watches each stream anew, which costs as much as the request itself.
    const onAbort = () => request.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    request.once('close', () => signal.removeEventListener('abort', onAbort));
    let isConnected = false;
    request.once('socket', (socket) => {
      const connected = () => {
        isConnected = true;
      };
      if (socket.connecting) socket.once('connect', connected);
      else connected();
    });
    let response: IncomingMessage | undefined;
    let failure: Error | undefined;

    request.once('response', (answer) => resolve((response = answer)));
    request.on('timeout', () => {
      failure = new BrokerClientError('timeout', `nothing was heard for ${idleTimeoutMs} ms`, {
        isUnseen: !isConnected,
      });
      (response ?? request).destroy(failure);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && error.code === 'ECONNRESET' && !(body instanceof Readable);
      if (signal.aborted) reject(signal.reason as Error);
      else if (failure) reject(failure);
      // The other end had closed an idle connection in the very moment it was used.
      else if (isStale) resolve(sendRequest(route, outgoing));
      else reject(unreachable(error, !isConnected));
    });

    if (body instanceof Readable) {
      body.on('error', (error) => {
        failure ??= error;
        request.destroy(error);
      });
      // Not `pipeline`: it would destroy the connection of whoever uploads before we can answer there.
      body.pipe(request);
    } else request.end(body);
  });
}

/** The message of some errors quotes the address, and an address may hold a password; a code does not. */
function unreachable(error: NodeJS.ErrnoException, isUnseen: boolean): BrokerClientError {
  return new BrokerClientError('unreachable', `the connection failed: ${error.code ?? error.name}`, {
    cause: error,
    isUnseen,
  });
}
