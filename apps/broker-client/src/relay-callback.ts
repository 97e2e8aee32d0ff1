import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyLimits } from '@plimsoll/contracts';
import type { Logger, Secret } from '@plimsoll/runtime';
import type { AcceptedRoutes } from './accepted-routes.ts';
import { allowList } from './allow-list.ts';
import type { BrokerClientError } from './broker-client-error.ts';
import type { BrokerMetrics } from './broker-metrics.ts';
import { checkLength, limitBytes, readWhole } from './limit-bytes.ts';
import { failureOf, ownAnswer } from './own-answer.ts';
import { passedHeaders } from './passed-headers.ts';
import { requestIdHeaders, requestIdOf } from './request-id.ts';
import { readTarget } from './request-target.ts';
import { sendRequest, type Route } from './send-request.ts';

export type RelayDeps = {
  readonly platformUrl: URL;
  /** What may pass. */
  readonly routes: AcceptedRoutes['outwards'];
  readonly brokerToken: Secret;
  readonly route: Route;
  readonly version: string;
  readonly log: Logger;
  readonly metrics: BrokerMetrics;
};

/** The platform stores an inventory before it answers; a large one takes seconds. */
const platformTimeoutMs = 120_000;

/** The platform's answer to a callback is an acknowledgement or an error document. */
const maxAnswerBytes = 64 * 1024;

/**
 * Makes the handler of the agent's callbacks: they go to the platform over HTTPS, not through the tunnel, so any
 * replica can take them. The platform's status goes back, so the agent delivers again what did not arrive.
 */
export function relayCallbacks(deps: RelayDeps) {
  const findCallback = allowList(deps.routes);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { log, metrics } = deps;
    const requestId = requestIdOf(request.headers);
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort(new Error('the agent is gone'));
    });
    const target = request.url ?? '';
    let route: string | undefined;
    let status = 'cancelled';
    try {
      const { path } = readTarget(target);
      route = findCallback(request.method ?? '', path).path;
      const answer = await send(deps, route, request, requestId, gone.signal);
      const body = await readWhole(answer, maxAnswerBytes);
      status = String(answer.statusCode);
      if (answer.statusCode === 401 || answer.statusCode === 403) {
        log.error({ requestId, status }, 'callback refused: the platform does not accept BROKER_TOKEN');
      }
      response
        .writeHead(answer.statusCode ?? 502, {
          ...passedHeaders(answer.headers),
          ...requestIdHeaders(requestId),
        })
        .end(body);
    } catch (error) {
      if (gone.signal.aborted) return;
      const failure = failureOf(error);
      if (!failure) throw error;
      status = answerFailure(log, failure, request, response, requestId);
    } finally {
      metrics.callbacks.inc({ route: route ?? 'none', status });
      log.debug({ requestId, route, status }, 'callback handled');
    }
  };
}

async function send(
  { platformUrl, brokerToken, route: out, version }: RelayDeps,
  path: string,
  request: IncomingMessage,
  requestId: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const length = request.headers['content-length'];
  checkLength(length, bodyLimits.callback);
  const url = new URL(platformUrl);
  url.pathname = platformUrl.pathname.replace(/\/+$/, '') + path;
  return sendRequest(out, {
    method: 'POST',
    url,
    headers: {
      ...passedHeaders(request.headers),
      'user-agent': `plimsoll-broker-client/${version}`,
      authorization: `Bearer ${brokerToken.reveal()}`,
      ...requestIdHeaders(requestId),
      ...(length === undefined ? {} : { 'content-length': length }),
    },
    body: request.pipe(limitBytes(bodyLimits.callback)),
    idleTimeoutMs: platformTimeoutMs,
    signal,
  });
}

function answerFailure(
  log: Logger,
  failure: BrokerClientError,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): string {
  const url = (request.url ?? '').slice(0, 1_024);
  const fields = { requestId, method: request.method, url, reason: failure.message };
  if (failure.code === 'blocked') log.warn(fields, 'callback blocked');
  else log.warn({ ...fields, code: failure.code }, 'callback not delivered');
  const { status, headers, body } = ownAnswer(failure, url);
  // The agent's own body is what was too large, and the rest of it is not read.
  const shownStatus = failure.code === 'too-large' ? 413 : status;
  response
    .writeHead(shownStatus, { ...headers, connection: 'close', ...requestIdHeaders(requestId) })
    .end(body);
  return String(shownStatus);
}
