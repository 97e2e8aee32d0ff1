import type { IncomingMessage } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import type { HopError } from '@plimsoll/contracts';
import { hideValues, type Logger, type Secret } from '@plimsoll/runtime';
import type { RequestHandler } from '@plimsoll/tunnel';
import type { AcceptedRoute } from './accepted-routes.ts';
import { allowList } from './allow-list.ts';
import { BrokerClientError } from './broker-client-error.ts';
import type { BrokerMetrics } from './broker-metrics.ts';
import { checkLength, limitBytes, passBytes, readWhole } from './limit-bytes.ts';
import { failureOf, ownAnswer } from './own-answer.ts';
import { passedHeaders } from './passed-headers.ts';
import type { HeldCredentials } from './registry-credentials.ts';
import { requestIdHeaders, requestIdOf } from './request-id.ts';
import { readTarget, type RequestTarget } from './request-target.ts';
import { sendRequest, type Route } from './send-request.ts';
import { authorizationFor, fillInAddresses } from './substitution.ts';

export type ForwardDeps = {
  readonly agentUrl: URL;
  /** This client, as the agent reaches it. */
  readonly brokerClientUrl: string;
  /** What may pass. */
  readonly routes: readonly AcceptedRoute[];
  readonly credentials: HeldCredentials;
  /** Values to hide in the agent's errors. */
  readonly secrets: readonly Secret[];
  readonly route: Route;
  /** Whether bodies are logged, as far as they are held whole. */
  readonly logsBodies: boolean;
  readonly version: string;
  readonly log: Logger;
  readonly metrics: BrokerMetrics;
};

type Request = Parameters<RequestHandler>[0];
type Response = Parameters<RequestHandler>[1];

/** The agent gives up on a request after 60 s; a little later something is wrong with the agent itself. */
const agentTimeoutMs = 75_000;

/** Largest error answer of an agent that is passed on: it is searched for secrets, so it is held whole. */
const maxErrorBytes = 64 * 1024;

/** What is logged of a body, characters. */
const maxLoggedLength = 4_096;

/** Answers up to this size are held whole and sent at once; as many as there are streams are 8 MiB. */
const smallBodyBytes = 64 * 1024;

/** Makes the handler of requests from the platform: what the allow-list names goes on to the agent, with credentials. */
export function forwardRequests(deps: ForwardDeps): RequestHandler {
  const hide = hideValues(deps.secrets);
  const findRoute = allowList(deps.routes);
  const logBody = (message: string, requestId: string, body: Buffer) => {
    if (!deps.logsBodies) return;
    deps.log.info({ requestId, body: hide(body.toString('utf8').slice(0, maxLoggedLength)) }, message);
  };
  return async (request, response) => {
    const requestId = requestIdOf(request.headers);
    const gone = new AbortController();
    let isAnswered = false;
    response.stream.once('close', () => {
      if (!isAnswered) gone.abort(new Error('the platform gave up'));
    });
    let route: AcceptedRoute | undefined;
    let status = 'cancelled';
    try {
      const target = readTarget(request.url);
      route = findRoute(request.method, target.path);
      const body = await readBody(route, request, deps.brokerClientUrl);
      if (Buffer.isBuffer(body)) logBody('request body', requestId, body);
      const answer = await askAgent(deps, { route, target, body }, request, requestId, gone.signal);
      status = String(answer.statusCode);
      const { limits } = route;
      const onBody = (bytes: Buffer) => logBody('answer body', requestId, bytes);
      await passOn(answer, response, { requestId, maxBytes: limits.answer, hide, onBody });
      isAnswered = true;
    } catch (error) {
      if (gone.signal.aborted) return;
      const failure = failureOf(error);
      if (!failure) throw error;
      status = answerFailure(deps.log, failure, request, response, requestId);
    } finally {
      deps.metrics.requests.inc({ route: route?.path ?? 'none', status });
      deps.log.debug({ requestId, method: request.method, route: route?.path, status }, 'request handled');
    }
  };
}

async function askAgent(
  { agentUrl, credentials, route: out, version }: ForwardDeps,
  { route, target, body }: { route: AcceptedRoute; target: RequestTarget; body: Body | undefined },
  request: Request,
  requestId: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const authorization = authorizationFor(route, request.headers, credentials.header);
  const url = new URL(agentUrl);
  url.pathname = agentUrl.pathname.replace(/\/+$/, '') + target.path;
  url.search = target.query;
  return sendRequest(out, {
    method: route.method,
    url,
    headers: {
      ...passedHeaders(request.headers),
      // Errors are searched for secrets, which does not work in compressed ones.
      'accept-encoding': 'identity',
      'user-agent': `plimsoll-broker-client/${version}`,
      ...requestIdHeaders(requestId),
      ...(authorization === undefined ? {} : { authorization }),
      ...(route.body === 'addresses' && { 'content-type': 'application/json' }),
      ...lengthOf(request, body),
    },
    ...(body && { body }),
    idleTimeoutMs: agentTimeoutMs,
    signal,
  });
}

/** A document held whole, or what streams on. */
type Body = Buffer | Readable;

async function readBody(
  { body: kind, limits }: AcceptedRoute,
  request: Request,
  brokerClientUrl: string,
): Promise<Body | undefined> {
  if (kind === 'none') return undefined;
  checkLength(request.headers['content-length'], limits.request);
  if (kind === 'raw') return hasBody(request) ? streamed(request, limits.request) : undefined;
  const bytes = await readWhole(request, limits.request);
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new BrokerClientError('blocked', 'the body is no JSON', { cause: error });
  }
  return Buffer.from(JSON.stringify(fillInAddresses(body, brokerClientUrl)));
}

function hasBody({ stream }: Request): boolean {
  return !stream.endAfterHeaders;
}

/** Fails, and so cancels the call to the agent, when the platform gives up or sends more than `maxBytes`. */
function streamed(request: Request, maxBytes: number): Readable {
  const body = limitBytes(maxBytes);
  // Not `pipeline`: with the request goes the way to answer it.
  request.stream.once('close', () => {
    if (!request.stream.readableEnded)
      body.destroy(new BrokerClientError('unreachable', 'the body was cut short'));
  });
  return request.pipe(body);
}

function lengthOf({ headers }: Request, body: Body | undefined): Record<string, string> {
  const length = Buffer.isBuffer(body) ? String(body.length) : body && headers['content-length'];
  return length === undefined ? {} : { 'content-length': length };
}

type PassOptions = {
  readonly requestId: string;
  readonly maxBytes: number;
  readonly hide: (text: string) => string;
  readonly onBody: (body: Buffer) => void;
};

async function passOn(
  answer: IncomingMessage,
  response: Response,
  { requestId, maxBytes, hide, onBody }: PassOptions,
): Promise<void> {
  const status = answer.statusCode ?? 502;
  const headers = { ...passedHeaders(answer.headers), ...requestIdHeaders(requestId) };
  if (status >= 400) {
    const body = await readError(answer, hide);
    onBody(Buffer.from(body));
    const shown = Object.entries(headers).map(([name, value]) => [name, [value].flat().map(hide)]);
    response.writeHead(status, Object.fromEntries(shown)).end(body);
    return;
  }
  const length = answer.headers['content-length'];
  try {
    checkLength(length, maxBytes);
  } catch (error) {
    answer.destroy();
    throw error;
  }
  if (Number(length) <= smallBodyBytes) {
    const body = await readWhole(answer, smallBodyBytes);
    onBody(body);
    return sendSmall(response.stream, { ':status': status, ...headers, 'content-length': body.length }, body);
  }
  response.writeHead(status, { ...headers, ...(length !== undefined && { 'content-length': length }) });
  await passBytes(answer, response.stream, maxBytes);
}

/**
 * Headers, body and end leave as one message; `response` waits for trailers, which makes the end a message of its own.
 */
function sendSmall(stream: Response['stream'], headers: OutgoingHttpHeaders, body: Buffer): void {
  if (stream.closed || stream.destroyed) return;
  stream.respond(headers);
  stream.end(body);
}

/** An agent's error should quote no secret. Should it do so nevertheless, it ends here. */
async function readError(answer: IncomingMessage, hide: (text: string) => string): Promise<string> {
  const encoding = answer.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') answer.destroy(new BrokerClientError('too-large', 'compressed'));
  try {
    return hide((await readWhole(answer, maxErrorBytes)).toString('utf8'));
  } catch (error) {
    if (!(error instanceof BrokerClientError)) throw error;
    const message = `the agent's error is compressed or larger than ${maxErrorBytes} bytes`;
    return JSON.stringify({ code: 'unreadable', message } satisfies HopError);
  }
}

function answerFailure(
  log: Logger,
  failure: BrokerClientError,
  request: Request,
  response: Response,
  requestId: string,
): string {
  const fields = {
    requestId,
    method: request.method,
    url: request.url.slice(0, 1_024),
    reason: failure.message,
  };
  if (failure.code === 'blocked') log.warn(fields, 'request blocked');
  else log.warn({ ...fields, code: failure.code }, 'request failed');
  if (response.headersSent) {
    response.stream.destroy(failure);
    return failure.code;
  }
  const { status, headers, body } = ownAnswer(failure, request.url);
  response.writeHead(status, { ...headers, ...requestIdHeaders(requestId) }).end(body);
  return String(status);
}
