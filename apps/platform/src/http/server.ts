import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import { jsonApiMediaType } from '@plimsoll/contracts';
import type { Logger, Metrics } from '@plimsoll/runtime';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyPluginCallback,
  type FastifyRequest,
} from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Principal } from '../organizations/principal.ts';
import { ApiProblem } from './api-problem.ts';
import { firstRelease, serveVersion, type Release } from './api-version.ts';
import { answerErrors } from './errors.ts';
import { measureRequests } from './measure-requests.ts';
import { documentRoutes } from './openapi.ts';
import { RequestBudget } from './request-budget.ts';
import { requireDemands } from './require-demands.ts';
import { addSecurityHeaders } from './security-headers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The releases of a REST route, see `api-version.ts`. */
    releases?: readonly Release[];
    /** True for a route that needs no credential. */
    isPublic?: boolean;
  }
}

/** Largest body of an ordinary request, bytes. Policies are the largest documents and are far smaller. */
const bodyLimitBytes = 256 * 1024;
/** Longest a request may take to arrive, milliseconds; callbacks carry up to 128 MiB. */
const requestTimeoutMs = 300_000;

export type ServerOptions = {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The address that people open, without a trailing slash. */
  readonly publicUrl: string;
  /** Addresses of proxies in front whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Finds out who asks; undefined when the credential is missing or not valid. */
  authenticate(request: FastifyRequest): Promise<Principal | undefined>;
  /** Told before the answer to a request that may have changed who may do what. */
  changed?(): void;
  /** The modules' routes, each a plugin that declares full paths. */
  readonly routes: readonly (FastifyPluginAsync | FastifyPluginCallback)[];
  /** How many requests a token or a person may make to this process; without it there is no limit. */
  readonly requestsPerMinute?: number | undefined;
  now(): Date;
};

/** Makes the HTTP server: conventions of the API around the routes of the modules. It does not listen yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const logger: FastifyBaseLogger = options.log;
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true },
    ...(options.trustedProxies.length > 0 && { trustProxy: [...options.trustedProxies] }),
    requestIdHeader: false,
    genReqId: (request) => requestId(request.headers['snyk-request-id']),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  parseBodies(app);
  answerErrors(app);
  addSecurityHeaders(app, options.publicUrl);
  measureRequests(app, options.metrics);
  requireDemands(app);
  const openapi = documentRoutes(app);
  await app.register(cookie);

  const budget = options.requestsPerMinute ? new RequestBudget(options.requestsPerMinute) : undefined;

  app.decorateRequest('principal', undefined);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('snyk-request-id', request.id);
    if (request.url.startsWith('/rest/')) {
      reply.type(jsonApiMediaType).header('cache-control', 'no-store');
      if (!isOpen(request)) serve(request, reply, options.now());
    }
    // What needs no credential, probes above all, must not need the database either.
    if (isOpen(request)) return;
    const principal = await options.authenticate(request);
    if (principal?.via === 'session') refuseOtherSites(request, options.publicUrl);
    request.principal = principal;
    // What passes through to agents is limited by their own slots, not here.
    if (principal && budget && !request.url.startsWith('/broker/')) {
      demandBudget(budget, principal, options.now());
    }
  });

  // oxlint-disable-next-line require-await -- fastify takes a promise for the end of the hook
  app.addHook('onSend', async (request) => {
    const passesThrough = request.url.startsWith('/broker/');
    if (request.method !== 'GET' && request.method !== 'HEAD' && !passesThrough) options.changed?.();
  });

  await app.register(openapi);
  for (const routes of options.routes) await app.register(routes);
  return app;
}

function isOpen(request: FastifyRequest): boolean {
  return request.is404 || request.routeOptions.config.isPublic === true;
}

function demandBudget(budget: RequestBudget, principal: Principal, now: Date): void {
  const wait = budget.take(principal.personalToken?.id ?? principal.id, now.getTime());
  if (wait === 0) return;
  throw new ApiProblem('rate-limited', `Too many requests; try again in ${wait} seconds`, {
    retryAfterSeconds: wait,
  });
}

/** A request id that the caller sent is kept when it is a UUID, so that both sides find it in their logs. */
function requestId(sent: string | string[] | undefined): string {
  const isUuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
  return typeof sent === 'string' && isUuid.test(sent) ? sent : randomUUID();
}

/** JSON under both of its names; an empty body is no body, as clients send with DELETE. */
function parseBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    [jsonApiMediaType, 'application/json'],
    { parseAs: 'string' },
    (request, body, done) => {
      if (body === '') done(null, undefined);
      else void parse(request, body.toString(), done);
    },
  );
}

/** Finds the release that serves the request and says so; see platform API conventions, 1.3. */
function serve(
  request: FastifyRequest,
  reply: { header(name: string, value: string): unknown },
  now: Date,
): void {
  const query = request.query as Record<string, unknown>;
  const header = request.headers['snyk-version'];
  const asked = query['version'] ?? header;
  const text = typeof asked === 'string' ? asked : undefined;
  if (text !== undefined) reply.header('snyk-version-requested', text.slice(0, 64));
  const releases = request.routeOptions.config.releases ?? [firstRelease];
  const served = serveVersion(text, releases, now.toISOString().slice(0, 10));
  reply.header('snyk-version-served', served.release);
  reply.header('snyk-version-lifecycle-stage', served.deprecatedOn ? 'deprecated' : served.stage);
  if (served.deprecatedOn) reply.header('deprecation', served.deprecatedOn);
}

/** A browser names the site a request comes from; requests that change something must come from our own. */
function refuseOtherSites(request: FastifyRequest, publicUrl: string): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { origin, host } = request.headers;
  if (origin === undefined || origin === new URL(publicUrl).origin) return;
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  throw new ApiProblem('forbidden', 'Requests with a session must come from the page of this platform');
}
