import http from 'node:http';
import https from 'node:https';
import { getCACertificates } from 'node:tls';
import type { BrokerClientConfig } from './config.ts';
import type { Route } from './send-request.ts';

/** Connections are kept this long for the next request; servers commonly close idle ones after 5 s or later. */
const keepIdleMs = 4_000;

export type OutgoingRoutes = {
  /** To the agent and what lies beside it: never through a proxy. */
  readonly inside: Route;
  /** Callbacks to the platform. */
  readonly outside: Route;
  /** To others outside, who are not shown who we are. */
  readonly strangers: Route;
  /** What the tunnel's dialler needs. */
  readonly tunnel: {
    readonly agent?: http.Agent;
    readonly tls: { ca?: string[]; rejectUnauthorized: boolean; cert?: string; key?: string };
  };
  close(): void;
};

/** Makes the ways out from the environment's proxy and trust settings. Node's own agents speak to the proxy. */
export function outgoingRoutes(config: BrokerClientConfig): OutgoingRoutes {
  const tls = {
    rejectUnauthorized: config.TLS_REJECT_UNAUTHORIZED,
    ...(config.CA_CERT && { ca: [...getCACertificates('default'), config.CA_CERT] }),
  };
  // Shown to the platform only.
  const platformTls = {
    ...tls,
    ...(config.BROKER_CLIENT_CERT && { cert: config.BROKER_CLIENT_CERT }),
    ...(config.BROKER_CLIENT_KEY && { key: config.BROKER_CLIENT_KEY.reveal() }),
  };
  const proxyEnv = {
    ...(config.HTTP_PROXY && { HTTP_PROXY: config.HTTP_PROXY.reveal() }),
    ...(config.HTTPS_PROXY && { HTTPS_PROXY: config.HTTPS_PROXY.reveal() }),
    ...(config.NO_PROXY && { NO_PROXY: config.NO_PROXY }),
  };
  const keep = { keepAlive: true, timeout: keepIdleMs };
  const inside = { http: new http.Agent(keep), https: new https.Agent({ ...keep, ...tls }) };
  const outside = {
    http: new http.Agent({ ...keep, proxyEnv }),
    https: new https.Agent({ ...keep, ...platformTls, proxyEnv }),
  };
  const strangers = { http: outside.http, https: new https.Agent({ ...keep, ...tls, proxyEnv }) };
  const isTls = new URL(config.BROKER_SERVER_URL).protocol === 'https:';
  // Polls of a tunnel follow each other closely; a WebSocket takes its connection out of the agent.
  const tunnelAgent = isTls
    ? new https.Agent({ keepAlive: true, ...platformTls, proxyEnv })
    : new http.Agent({ keepAlive: true, proxyEnv });
  const hasProxy = config.HTTP_PROXY ?? config.HTTPS_PROXY;
  return {
    inside,
    outside,
    strangers,
    tunnel: { tls: platformTls, ...(hasProxy && { agent: tunnelAgent }) },
    close() {
      const all = [inside, outside, strangers].flatMap((route) => [route.http, route.https]);
      for (const agent of [...all, tunnelAgent]) agent.destroy();
    },
  };
}
