import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isIPv6, type AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ReadableStream } from 'node:stream/web';
import { failure, writeAnswer, type Answer } from './answer.ts';
import { authenticate, defaultTokenSeconds, type Authentication } from './authentication.ts';
import { createContent, readLayout, type RegistryContent } from './content.ts';
import { answerDistribution } from './distribution-routes.ts';
import { FaultPlan } from './faults.ts';

/** A request that a test registry got. */
export type RecordedRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** What was posted. */
  readonly body: string;
};

/** The demo registry runs for days, so requests are not kept for ever. */
const maxRecorded = 10_000;

/** An API beside the registry's own; undefined passes a request on. */
export type ExtraRoutes = (request: RecordedRequest, content: RegistryContent) => Answer | undefined;

export type TestRegistryOptions = {
  readonly content?: RegistryContent;
  readonly authentication?: Authentication;
  /** Asked before the registry's own routes and before its authentication. */
  readonly routes?: ExtraRoutes;
  /** The same, but asked after the authentication. */
  readonly innerRoutes?: ExtraRoutes;
  /** What stands before `/v2/`: begins with a slash, does not end with one. */
  readonly pathPrefix?: string;
  readonly tls?: Pick<TlsOptions, 'key' | 'cert' | 'ca' | 'requestCert' | 'rejectUnauthorized'>;
  /** The address to listen on; `127.0.0.1` unless told. */
  readonly host?: string;
  /** Address of a registry that manifests and blobs really come from, once a request was let in. */
  readonly upstream?: string;
  /** A free port unless told. */
  readonly port?: number;
};

/** A read-only OCI registry on the loopback. */
export type TestRegistry = {
  /** `http(s)://host:port` and the path prefix. */
  readonly base: string;
  readonly origin: string;
  readonly content: RegistryContent;
  readonly faults: FaultPlan;
  /** The last requests, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Makes the tokens that were given so far run out. */
  expireTokens(): void;
  stop(): Promise<void>;
};

/** Serves an OCI image layout folder as a registry; blobs are read from disk as they are asked for. */
export async function serveLayout(
  folder: string,
  options: Omit<TestRegistryOptions, 'content'> = {},
): Promise<TestRegistry> {
  return startTestRegistry({ ...options, content: await readLayout(folder) });
}

/** Starts a registry that keeps to the distribution-spec, except where a test plans a fault. */
export async function startTestRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const { content = createContent(), pathPrefix = '', tls, host = '127.0.0.1' } = options;
  const faults = new FaultPlan();
  const requests: RecordedRequest[] = [];
  /** Tokens are given and looked at by a clock that can be put forward, milliseconds. */
  let clockMs = 0;
  const server: Server = tls ? createTlsServer(tls) : createServer();
  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', headers } = incoming;
    const url = new URL(incoming.url ?? '/', origin());
    const request = { method, url, headers, body: method === 'POST' ? await text(incoming) : '' };
    requests.push(request);
    if (requests.length > maxRecorded) requests.shift();
    const answered = await answerRequest(options, content, request, origin(), Date.now() + clockMs);
    const answer = faults.apply(answered, request);
    await writeAnswer(response, answer, method === 'HEAD');
  };
  server.on('request', (incoming, response) => {
    // Whoever reads may go away in the middle; that is no failure of the server.
    serve(incoming, response).catch(() => response.destroy());
  });
  await once(server.listen(options.port ?? 0, host), 'listening');
  const { port } = server.address() as AddressInfo;
  function origin() {
    return `${tls ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  }
  return {
    base: origin() + pathPrefix,
    origin: origin(),
    content,
    faults,
    requests,
    expireTokens() {
      clockMs += ((options.authentication?.tokenSeconds ?? defaultTokenSeconds) + 1) * 1000;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerRequest(
  { authentication, routes, innerRoutes, pathPrefix = '', upstream }: TestRegistryOptions,
  content: RegistryContent,
  request: RecordedRequest,
  origin: string,
  now: number,
): Answer | Promise<Answer> {
  const extra = routes?.(request, content);
  if (extra) return extra;
  if (!request.url.pathname.startsWith(`${pathPrefix}/`)) return failure(404, 'UNKNOWN');
  const url = new URL(request.url);
  url.pathname = url.pathname.slice(pathPrefix.length);
  const inner = { ...request, url };
  const refusal = authentication && authenticate(authentication, inner, origin + pathPrefix, now);
  const special = refusal ? undefined : innerRoutes?.(inner, content);
  if (special) return special;
  const isContent = /^\/v2\/.+\/(?:manifests|blobs)\/[^/]+$/.test(url.pathname);
  if (upstream && !refusal && isContent) return answerFrom(upstream, inner);
  const answer = refusal ?? answerDistribution(content, inner) ?? failure(404, 'UNKNOWN');
  return { ...answer, headers: { ...apiVersion, ...answer.headers } };
}

async function answerFrom(upstream: string, { method, url, headers }: RecordedRequest): Promise<Answer> {
  const { accept, range } = headers;
  const passed = { ...(accept && { accept }), ...(range && { range }) };
  const answer = await fetch(upstream + url.pathname, { method, headers: passed });
  const { body } = answer;
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    ...(body && { body: () => Readable.fromWeb(body as ReadableStream) }),
  };
}

/** Distribution says this with every answer. */
const apiVersion = { 'docker-distribution-api-version': 'registry/2.0' };
