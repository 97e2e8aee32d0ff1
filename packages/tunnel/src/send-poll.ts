import { once } from 'node:events';
import {
  request as httpRequest,
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { OutgoingHttpHeaders } from 'node:http';
import type { DialOptions } from './dial.ts';
import { maxPollBytes } from './polling-wire.ts';
import { readBytes } from './read-bytes.ts';

export type PollAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/**
 * Sends one request and reads its whole answer.
 * @throws what the connection failed with, or the signal's reason.
 */
export async function sendPoll(poll: {
  readonly method: string;
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Buffer;
  readonly agent: Agent;
  readonly tls?: DialOptions['tls'];
  readonly signal: AbortSignal;
}): Promise<PollAnswer> {
  const { method, url, agent, tls, signal, body } = poll;
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = {
    ...poll.headers,
    ...(method === 'POST' && {
      'content-type': 'application/octet-stream',
      'content-length': body?.length ?? 0,
    }),
  };
  const request = send(url, { ...tls, method, agent, headers, signal });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  request.end(body);
  const [response] = await answered;
  const whole = await readBytes(response, maxPollBytes);
  if (whole === undefined) {
    response.destroy();
    throw new Error(`the answer is larger than ${maxPollBytes} bytes`);
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: whole };
}
