import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Transform, type Readable } from 'node:stream';
import { requestHeaders, tunnelPath, type BrokerFailure, type HopError } from '@plimsoll/contracts';
import { collectBytes } from '@plimsoll/runtime';
import { TunnelError, type ConnectedClient, type TunnelDirectory } from '@plimsoll/tunnel';
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import type { Authorize } from '../http/authorize.ts';
import { carryRequest } from './carry-request.ts';
import { limitsOf } from './route-limits.ts';

export type BrokerRoutesDeps = {
  readonly directory: TunnelDirectory;
  clientsOf(integrationId: string): Promise<readonly ConnectedClient[]>;
  /** The integration of a broker token; undefined when it is no valid one. */
  integrationOfToken(token: string): Promise<string | undefined>;
  readonly authorize: Authorize;
  /** Whether the caller of a request may reach the agents of an integration; the id is any text. */
  mayUse(request: FastifyRequest, integrationId: string): Promise<boolean>;
  /** The integrations that the caller of a request may see. */
  integrationsOf(request: FastifyRequest): Promise<readonly string[]>;
  /** Largest body, either way, of requests that are not the contract's, bytes. */
  readonly maxRawBytes: number;
};

const statusOf: Readonly<Record<Exclude<BrokerFailure, 'no-connection'>, number>> = {
  blocked: 401,
  timeout: 504,
  unreachable: 502,
  'too-large': 502,
  'client-disconnected': 502,
};

/** Headers that belong to one connection (RFC 9110, 7.6.1), to us, or to the caller's session. */
const ownHeaders = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Raw requests through the broker, and who is connected, as the original broker server has them
 * (`/broker/:token/*`, `/connection-status/:token`, `/connections-status`), for callers with a token of the API.
 * Where the original has the broker token, an integration's id does as well.
 */
export function brokerRoutes(deps: BrokerRoutesDeps): FastifyPluginCallback {
  const { authorize } = deps;
  return (app: FastifyInstance, _options, done) => {
    // Bodies go on as they come.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));

    // A dial is an upgrade, and is taken before any route. Here arrives what a proxy has made of it.
    app.get(tunnelPath, { config: { isPublic: true } }, async (_request, reply) => {
      const message =
        'broker clients open a WebSocket here; something between removed the upgrade from the request';
      return reply
        .code(426)
        .headers({ connection: 'upgrade', upgrade: 'websocket' })
        .send({ code: 'upgrade-required', message } satisfies HopError);
    });

    app.all('/broker/:client/*', { preHandler: authorize('signed-in') }, async (request, reply) => {
      const integrationId = await integrationOf(deps, request);
      return integrationId === undefined ? noConnection(reply) : forward(deps, integrationId, request, reply);
    });

    app.get('/connection-status/:client', { preHandler: authorize('signed-in') }, async (request, reply) => {
      const integrationId = await integrationOf(deps, request);
      const clients = integrationId === undefined ? [] : await deps.clientsOf(integrationId);
      if (clients.length === 0) return noConnection(reply);
      return {
        ok: true,
        clients: clients.map(({ version, connectedAt, slots }) => ({ version, connectedAt, slots })),
      };
    });

    app.get('/connections-status', { preHandler: authorize('signed-in') }, async (request) => {
      const ids = await deps.integrationsOf(request);
      const connections = await Promise.all(
        ids.map(async (integrationId) => ({
          integrationId,
          clients: (await deps.clientsOf(integrationId)).length,
        })),
      );
      return { ok: true, connections };
    });
    done();
  };
}

/** The integration that `:client` names, if the caller may use it. What it may not use does not exist for it. */
async function integrationOf(deps: BrokerRoutesDeps, request: FastifyRequest): Promise<string | undefined> {
  const { client } = request.params as { client: string };
  const integrationId = (await deps.integrationOfToken(client)) ?? client;
  return (await deps.mayUse(request, integrationId)) ? integrationId : undefined;
}

async function forward(
  { directory, maxRawBytes }: BrokerRoutesDeps,
  integrationId: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const abort = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) abort.abort(new Error('the caller is gone'));
  });
  const path = agentPath(request);
  const length = request.headers['content-length'];
  const hasBody = request.body !== undefined;
  if (Number(length) > maxRawBytes) return tooLarge(reply, maxRawBytes);
  const body = hasBody ? upload(request.body as IncomingMessage, maxRawBytes) : undefined;
  try {
    const answer = await carryRequest(directory, integrationId, {
      method: request.method,
      path,
      headers: {
        ...agentHeaders(request),
        ...(hasBody && length !== undefined && { 'content-length': length }),
      },
      ...(body && { body }),
      signal: abort.signal,
      ...limitsOf(request.method, path, maxRawBytes),
    });
    if (!answer) return (await directory.isReturning(integrationId)) ? notNow(reply) : noConnection(reply);
    const answered = answer.headers['content-length'];
    const isSmall = Number(answered) <= smallBodyBytes && request.method !== 'HEAD';
    const content = isSmall ? await readSmall(answer.body) : answer.body;
    if (answered !== undefined) reply.header('content-length', answered);
    return await reply.code(answer.status).headers(passed(answer.headers)).send(content);
  } catch (error) {
    if (error === tooMuch) return tooLarge(reply, maxRawBytes);
    if (!(error instanceof TunnelError)) throw error;
    if (error.code === 'no-connection') return notNow(reply);
    return reply
      .code(statusOf[error.code])
      .header(requestHeaders.brokerFailure, error.code)
      .send({ code: error.code, message: error.message } satisfies HopError);
  }
}

/** Answers up to this size are held whole: most are, and a stream costs as much as all the rest of such a request. */
const smallBodyBytes = 64 * 1024;

function readSmall(body: Readable): Promise<Buffer> {
  return collectBytes(body, smallBodyBytes, (why) =>
    why === 'too-large'
      ? new TunnelError('too-large', 'the answer is larger than it says')
      : new TunnelError('unreachable', 'the answer was cut short'),
  );
}

const tooMuch = new Error('the body is too large');

/** The rest of the body is not read, so the connection is of no more use. */
function tooLarge(reply: FastifyReply, maxBytes: number): FastifyReply {
  return reply
    .code(413)
    .header('connection', 'close')
    .header(requestHeaders.brokerFailure, 'too-large')
    .send({ code: 'too-large', message: `the body is larger than ${maxBytes} bytes` } satisfies HopError);
}

/** A stream of its own, because the tunnel destroys its source, and with the request itself goes the way to answer it. */
function upload(body: IncomingMessage, maxBytes: number): Readable {
  let sent = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      if (sent > maxBytes) done(tooMuch);
      else done(null, chunk);
    },
  });
  const copy = body.pipe(counted);
  copy.on('error', () => undefined);
  body.once('close', () => body.complete || copy.destroy(new Error('the caller is gone')));
  return copy;
}

/** Everything after `/broker/:client`, as it was sent: what it means is for the broker client's allow-list to say. */
function agentPath(request: FastifyRequest): string {
  const url = request.raw.url ?? '';
  return url.slice(url.indexOf('/', url.indexOf('/broker/') + '/broker/'.length));
}

function agentHeaders(request: FastifyRequest): Record<string, string | string[]> {
  const headers = passed(request.headers);
  return {
    ...headers,
    [requestHeaders.requestId]: headers[requestHeaders.requestId] ?? randomUUID(),
    // The caller's own `authorization` was for us; to be filled in there is only one thing it could say.
    ...(headers[requestHeaders.substituteHeaders] === 'authorization' && {
      authorization: '${CR_CREDENTIALS}',
    }),
  };
}

function passed(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | string[]] =>
        entry[1] !== undefined && !ownHeaders.has(entry[0]) && !entry[0].startsWith('x-forwarded-'),
    ),
  );
}

function noConnection(reply: FastifyReply): FastifyReply {
  return reply.code(404).header(requestHeaders.brokerFailure, 'no-connection').send({ ok: false });
}

/** The client was here a moment ago, or is known to a replica that cannot be reached: it will be back. */
function notNow(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .header('retry-after', '1')
    .header(requestHeaders.brokerFailure, 'no-connection')
    .send({ ok: false });
}
