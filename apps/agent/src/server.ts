import {
  agentRoutes,
  bodyLimits,
  CredentialsError,
  decodeCredentials,
  RepositoryName,
  type AgentRoute,
  type AgentRouteName,
} from '@plimsoll/contracts';
import type { Logger, Metrics } from '@plimsoll/runtime';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { AgentError } from './agent-error.ts';
import type { AgentMetrics } from './agent-metrics.ts';
import type { AgentCall, AgentHandlers } from './handlers.ts';
import { agentErrorOf } from './registry-failures.ts';

/** Longest time a request may take, milliseconds; scans are answered at once and are not meant. */
const requestDeadlineMs = 60_000;

/** Longest header of credentials that is read, bytes: a Google JSON key in base64 has 4 KB. */
const maxHeaderBytes = 128 * 1024;

export type ServerDeps = {
  readonly handlers: AgentHandlers;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly agentMetrics: AgentMetrics;
};

/** Makes the HTTP server: the routes of the contract, no more and no fewer, and `/metrics`. */
export function createServer({ handlers, log, metrics, agentMetrics }: ServerDeps): FastifyInstance {
  const app = fastify({
    bodyLimit: bodyLimits.agentRequest,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 512 },
    http: { maxHeaderSize: maxHeaderBytes },
  });

  for (const name of Object.keys(agentRoutes) as AgentRouteName[]) {
    const route: AgentRoute = agentRoutes[name];
    const handle = handlers[name] as (
      call: AgentCall<AgentRouteName>,
    ) => Promise<{ status?: number; body: unknown }>;
    app.route({
      method: route.method,
      url: route.path,
      handler: async (request, reply) => {
        const call = parseCall(route, request, reply) as AgentCall<AgentRouteName>;
        const { status = 200, body } = await handle(call);
        return reply.code(status).send(route.response.parse(body));
      },
    });
  }

  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );

  app.setNotFoundHandler((_request, reply) => {
    const error = new AgentError('not-found', 'This agent has no such route.');
    return reply.code(error.status).send(error.body);
  });

  app.setErrorHandler((thrown, request, reply) => {
    const error = isFastifyRefusal(thrown)
      ? new AgentError('invalid-request', thrown.message, { cause: thrown })
      : agentErrorOf(thrown);
    const level = error.code === 'internal' ? 'error' : 'debug';
    log[level]({ route: request.routeOptions.url, err: error.cause ?? error }, 'request failed');
    if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', error.retryAfterSeconds);
    return reply.code(error.status).send(error.body);
  });

  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    agentMetrics.requests.inc({ route, status: String(reply.statusCode) });
    log.debug({ route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request answered');
    done();
  });
  return app;
}

/** Reads a request by its route's schemas. What a schema says about a wrong value is told, the value is not. */
function parseCall(route: AgentRoute, request: FastifyRequest, reply: FastifyReply) {
  return {
    query: parse(route.query, request.query, 'query'),
    body: parse(route.body, request.body, 'body'),
    repository: route.path.endsWith('/*')
      ? parse(RepositoryName, (request.params as { '*': string })['*'], 'repository')
      : '',
    credentials: route.credentials ? readCredentials(request.headers.authorization) : undefined,
    signal: callerSignal(reply),
  };
}

function parse<T extends z.ZodType>(schema: T | undefined, value: unknown, where: string) {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${[where, ...path].join('.')}: ${message}`);
  throw new AgentError('invalid-request', faults.join('; '));
}

function readCredentials(header: string | undefined) {
  if (!header) throw new AgentError('no-credentials', 'The request carries no registry credentials.');
  try {
    return decodeCredentials(header);
  } catch (error) {
    // The cause is left out: nothing that has read the header goes on.
    if (error instanceof CredentialsError) throw new AgentError('no-credentials', `${error.message}.`);
    throw error;
  }
}

/** Aborts when the caller is gone, or when the deadline is over. */
function callerSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) gone.abort(new Error('the caller is gone'));
  });
  return AbortSignal.any([gone.signal, AbortSignal.timeout(requestDeadlineMs)]);
}

/** Fastify's own refusals (body too large, no JSON ..) carry a status below 500. */
function isFastifyRefusal(error: unknown): error is Error {
  return error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500;
}
