import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { json } from 'node:stream/consumers';
import { jsonApiMediaType, SessionRequest } from '@plimsoll/contracts';
import { answerRest, problem, type RestAnswer } from './rest-routes.ts';
import type { RestWorld } from './rest-world.ts';

/** As the platform sends it, so that a page which breaks it shows here. */
const contentSecurityPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** A failure that the fake is told to give. */
export type RestFailure = {
  readonly status: number;
  readonly detail?: string;
  readonly retryAfterSeconds?: number;
};

/** The REST API and the web page on a free port of this machine. */
export type RestFake = {
  readonly url: string;
  readonly world: RestWorld;
  /** Decides of each API request whether it fails, and how. Tests set it. */
  failure: (method: string, url: URL) => RestFailure | 'hang up' | undefined;
  /** Forgets all sessions, as when they expire. */
  signEverybodyOut(): void;
  close(): Promise<void>;
};

/** Serves a built web page with a fake of the platform's REST API, made of a world in memory. */
export async function startRestFake(world: RestWorld, webDist: string): Promise<RestFake> {
  let sessions = new Set<string>();

  async function signIn(request: IncomingMessage, response: ServerResponse): Promise<RestAnswer> {
    const { email, password } = SessionRequest.parse(await json(request)).data.attributes;
    if (email !== world.login.email || password !== world.login.password) {
      return problem(401, 'No such person');
    }
    const session = `session-${sessions.size}-${Date.now()}`;
    sessions.add(session);
    response.setHeader('set-cookie', `plimsoll_session=${session}; Path=/; HttpOnly; SameSite=Strict`);
    return { status: 201, body: { jsonapi: { version: '1.0' }, data: world.self } };
  }

  async function answerApi(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
  ): Promise<RestAnswer> {
    const method = request.method ?? 'GET';
    if (!url.searchParams.has('version')) return problem(400, 'The version is missing');
    if (url.pathname === '/rest/sessions') return await signIn(request, response);
    const session = /plimsoll_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
    if (session === undefined || !sessions.has(session)) return problem(401, 'Sign in first');
    if (url.pathname !== '/rest/sessions/current') {
      const body = Number(request.headers['content-length'] ?? 0) > 0 ? await json(request) : undefined;
      return answerRest(world, method, url, body);
    }
    sessions.delete(session);
    return { status: 204 };
  }

  const fake: RestFake = {
    url: '',
    world,
    failure: () => undefined,
    signEverybodyOut: () => {
      sessions = new Set();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    response.setHeader('content-security-policy', contentSecurityPolicy);
    if (!url.pathname.startsWith('/rest/')) {
      sendFile(response, webDist, url.pathname);
      return;
    }
    const failure = fake.failure(request.method ?? 'GET', url);
    if (failure === 'hang up') {
      response.destroy();
      return;
    }
    if (failure?.retryAfterSeconds !== undefined)
      response.setHeader('retry-after', failure.retryAfterSeconds);
    const answer = failure
      ? Promise.resolve(problem(failure.status, failure.detail ?? 'As the test wishes'))
      : answerApi(request, response, url);
    void answer
      .catch((error: Error) => problem(500, error.message))
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': jsonApiMediaType });
        response.end(body && JSON.stringify(body));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(fake, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function sendFile(response: ServerResponse, webDist: string, path: string): void {
  const file = join(webDist, normalize(path));
  const isFile = file.startsWith(webDist) && existsSync(file) && statSync(file).isFile();
  const served = isFile ? file : join(webDist, 'index.html');
  response.setHeader('content-type', mediaTypes[extname(served)] ?? 'application/octet-stream');
  response.end(readFileSync(served));
}
