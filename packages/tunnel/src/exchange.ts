import { constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import type { TunnelRequest, TunnelResponse } from './request.ts';
import { isRepeatable, requestDefaults } from './request.ts';
import { cancelStream } from './cancel-stream.ts';
import { ResponseBody } from './response-body.ts';
import { sendBody } from './send-body.ts';
import { TunnelError } from './tunnel-error.ts';

/** One request on an HTTP/2 session, and what becomes of it. */
export type Exchange = {
  readonly stream: ClientHttp2Stream;
  /** Resolves at the answer's headers. */
  readonly response: Promise<TunnelResponse>;
  /**
   * Gives the exchange up because the other end does not answer its heartbeat, unless an agent may have seen the
   * request and it must not be repeated.
   */
  abandon(): void;
};

/**
 * Sends a request on a session. It is bound to the session: when that is lost it fails at once.
 * A body waits for the other end's `100 Continue`, so that we know whether anybody can have seen the request.
 * @param isGone whether the connection under the session is lost.
 * @throws what `session.request` throws; `response` fails with a {@link TunnelError} or the signal's reason.
 */
export function openExchange(
  session: ClientHttp2Session,
  request: TunnelRequest,
  isGone: () => boolean,
): Exchange {
  const { method, path, headers, body, signal } = request;
  const stream = session.request(
    { ...headers, ':method': method, ':path': path, ...(body !== undefined && { expect: '100-continue' }) },
    { endStream: body === undefined },
  );
  let isWaitingToSend = body !== undefined;

  const failed = (code: 'client-disconnected' | 'unreachable' | 'timeout', message: string) =>
    new TunnelError(code, message, { isUnseen: isWaitingToSend });
  const explain = (): TunnelError => {
    if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) {
      return new TunnelError('no-connection', 'the client takes no new requests');
    }
    return isGone()
      ? failed('client-disconnected', 'the tunnel was lost during the request')
      : failed('unreachable', 'the client cut the answer short');
  };

  const { promise, resolve, reject } = Promise.withResolvers<TunnelResponse>();
  const headersTimeoutMs = request.headersTimeoutMs ?? requestDefaults.headersTimeoutMs;
  const timer = setTimeout(
    () => fail(failed('timeout', `no answer within ${headersTimeoutMs} ms`)),
    headersTimeoutMs,
  );
  let isSettled = false;
  const settle = () => {
    isSettled = true;
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  const fail = (error: unknown) => {
    settle();
    reject(error);
    cancelStream(stream);
  };
  const onAbort = () => fail(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  // The stream's own error says less than `explain`; `close` always follows it.
  stream.on('error', () => undefined);
  stream.once('close', () => {
    if (!isSettled) fail(explain());
  });
  stream.once('response', (answer) => {
    settle();
    // Answered without the body, which then is not sent at all.
    if (isWaitingToSend) stream.end();
    const { ':status': status = 0, ...rest } = answer;
    const limits = {
      idleTimeoutMs: request.idleTimeoutMs ?? requestDefaults.idleTimeoutMs,
      maxBodyBytes: request.maxBodyBytes ?? requestDefaults.maxBodyBytes,
      signal,
    };
    resolve({ status, headers: rest, body: new ResponseBody(stream, limits, { isLost: isGone, explain }) });
  });
  if (body instanceof Readable) {
    // For as long as somebody may still read it; its error is nobody's afterwards.
    body.on('error', (error) => !isSettled && fail(error));
    if (body.errored) fail(body.errored);
  }
  if (body !== undefined) {
    stream.once('continue', () => {
      if (isSettled) return;
      isWaitingToSend = false;
      request.onContinue?.();
      sendBody(stream, body, { onProgress: () => void timer.refresh(), fail });
    });
  }
  return {
    stream,
    response: promise,
    abandon() {
      if (isSettled || !(isWaitingToSend || isRepeatable(request))) return;
      fail(failed('client-disconnected', 'the client does not answer its heartbeat'));
    },
  };
}
