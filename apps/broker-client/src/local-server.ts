import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Logger } from '@plimsoll/runtime';
import type { Transport } from '@plimsoll/tunnel';
import type { KeyPair } from './local-tls.ts';
import type { SystemCheck } from './system-check.ts';
import { webhooksPath } from './webhooks/take-webhook.ts';

/** What `/healthcheck` tells, under the names that people's monitoring reads. */
export type ClientHealth = {
  readonly ok: boolean;
  readonly websocketConnectionOpen: boolean;
  /** How many are open: one for each of two replicas where the platform has several. */
  readonly tunnels: number;
  readonly brokerServerUrl: string;
  readonly version: string;
  /** What carries them. */
  readonly transport: Transport;
};

export type LocalServerDeps = {
  readonly healthCheckPath: string;
  readonly systemCheckPath: string;
  health(): ClientHealth;
  systemCheck(): Promise<SystemCheck>;
  metricsPage(): Promise<string>;
  /** Everything else: the agent's callbacks, or what is to be refused. */
  relay(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** With it the server speaks HTTPS only. */
  readonly keyPair: KeyPair | undefined;
  /** Notifications of registries; undefined when none are taken. */
  readonly webhooks: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined;
  readonly log: Logger;
};

/** Longest a callback of 128 MiB may take on a slow line; what stands still is cut off much earlier. */
const requestTimeoutMs = 30 * 60_000;

/** Makes the HTTP or HTTPS server inside the private network: health, metrics and the agent's callbacks. */
export function createLocalServer(deps: LocalServerDeps): Server {
  const own: Readonly<Record<string, (response: ServerResponse) => Promise<void> | void>> = {
    [deps.healthCheckPath]: (response) => {
      const health = deps.health();
      sendJson(response, health.ok ? 200 : 500, health);
    },
    [deps.systemCheckPath]: async (response) => {
      const check = await deps.systemCheck();
      sendJson(response, check.ok ? 200 : 500, [check]);
    },
    '/metrics': async (response) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(await deps.metricsPage());
    },
  };

  const answer: RequestListener = (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const handle = (isRead && Object.hasOwn(own, path) && own[path]) || undefined;
    void (async () => {
      try {
        if (handle) await handle(response);
        else if (deps.webhooks && path.startsWith(webhooksPath)) await deps.webhooks(request, response);
        else await deps.relay(request, response);
      } catch (error) {
        deps.log.error({ err: error }, 'request failed');
        if (response.headersSent) response.destroy();
        else
          sendJson(response, 500, {
            code: 'internal',
            message: 'the broker client failed; its log says why',
          });
      }
    })();
  };
  const options = { requestTimeout: requestTimeoutMs };
  return deps.keyPair
    ? createTlsServer({ ...options, ...deps.keyPair }, answer)
    : createServer(options, answer);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
