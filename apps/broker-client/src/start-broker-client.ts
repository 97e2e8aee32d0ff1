import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { clientStatusPath } from '@plimsoll/contracts';
import { createMetrics, type Lifecycle, type Logger } from '@plimsoll/runtime';
import { dial, type Dialer } from '@plimsoll/tunnel';
import packageJson from '../package.json' with { type: 'json' };
import { acceptedRoutes } from './accepted-routes.ts';
import { createBrokerMetrics } from './broker-metrics.ts';
import { clientStatus } from './client-status.ts';
import type { BrokerClientConfig } from './config.ts';
import { forwardRequests } from './forward-request.ts';
import { createLocalServer } from './local-server.ts';
import { readKeyPair, reloadKeyPair } from './local-tls.ts';
import { outgoingRoutes } from './outgoing-routes.ts';
import { preflight, preflightTable } from './preflight.ts';
import { registryCredentials } from './registry-credentials.ts';
import { relayCallbacks } from './relay-callback.ts';
import { systemCheck, withoutUserInfo } from './system-check.ts';
import { startWebhooks } from './webhooks/start-webhooks.ts';
import { webhookState } from './webhooks/webhook-state.ts';

/** Time for requests from the platform, and then for callbacks, to finish at a stop; Kubernetes kills after 30 s. */
const stopGraceMs = 10_000;

/**
 * Starts a broker client and registers how it stops. The tunnel is opened in the background, for ever.
 * @param print where the table of the preflight checks goes, once they are done; without it they are logged only.
 * @returns the port it listens on.
 */
export async function startBrokerClient(
  config: BrokerClientConfig,
  lifecycle: Lifecycle,
  log: Logger,
  print?: (text: string) => void,
): Promise<{ port: number }> {
  const { version } = packageJson;
  const clientId = randomUUID();
  const metrics = createMetrics();
  const brokerMetrics = createBrokerMetrics(metrics);
  const credentials = registryCredentials(config);
  const agentUrl = new URL(config.CR_AGENT_URL);
  const platformUrl = new URL(config.BROKER_SERVER_URL);
  if (!config.TLS_REJECT_UNAUTHORIZED) {
    log.warn(
      'certificates are not checked: TLS_REJECT_UNAUTHORIZED is off, anybody on the way can read the token',
    );
  }
  const accepted = acceptedRoutes(config);
  const keyPair = readKeyPair(config);
  const routes = outgoingRoutes(config);
  lifecycle.onStop('outgoing connections', () => routes.close());

  let dialer: Dialer | undefined;
  const relay = relayCallbacks({
    platformUrl,
    routes: accepted.outwards,
    brokerToken: config.BROKER_TOKEN,
    route: routes.outside,
    version,
    log,
    metrics: brokerMetrics,
  });
  const webhooks = startWebhooks({
    pathSecret: config.WEBHOOK_PATH_SECRET,
    secret: config.WEBHOOK_SECRET,
    google: googleOf(config),
    place: credentials,
    platformUrl,
    brokerToken: config.BROKER_TOKEN,
    route: routes.outside,
    publicRoute: routes.strangers,
    version,
    lifecycle,
    log,
    metrics,
  });
  const webhook = () => webhookState(config, credentials.type, webhooks?.tally);
  const checkSystem = () =>
    systemCheck({
      url: new URL(
        config.BROKER_CLIENT_VALIDATION_URL ?? `${config.CR_AGENT_URL.replace(/\/+$/, '')}/systemcheck`,
      ),
      method: config.BROKER_CLIENT_VALIDATION_METHOD,
      timeoutMs: config.BROKER_CLIENT_VALIDATION_TIMEOUT_MS,
      credentials,
      route: routes.inside,
    });
  const server = createLocalServer({
    healthCheckPath: config.BROKER_HEALTHCHECK_PATH,
    systemCheckPath: config.BROKER_SYSTEMCHECK_PATH,
    health: () => {
      const isOpen = dialer?.state === 'open';
      return {
        ok: isOpen,
        websocketConnectionOpen: isOpen,
        tunnels: dialer?.open ?? 0,
        brokerServerUrl: withoutUserInfo(platformUrl),
        version,
        transport: dialer?.transport ?? 'websocket',
      };
    },
    systemCheck: checkSystem,
    metricsPage: () => metrics.registry.metrics(),
    relay,
    webhooks: webhooks?.take,
    keyPair,
    log,
  });
  if (keyPair && server instanceof TlsServer) {
    lifecycle.onStop('certificate', reloadKeyPair(server, config, keyPair, log));
  }
  server.listen(config.PORT, config.HOST);
  await once(server, 'listening');
  lifecycle.onStop('server', () => closeServer(server));

  const forward = forwardRequests({
    agentUrl,
    brokerClientUrl: config.BROKER_CLIENT_URL,
    routes: accepted.inwards,
    credentials,
    secrets: [config.BROKER_TOKEN, ...credentials.secrets],
    route: routes.inside,
    logsBodies: config.LOG_ENABLE_BODY,
    version,
    log,
    metrics: brokerMetrics,
  });
  dialer = dial({
    url: config.BROKER_SERVER_URL,
    token: config.BROKER_TOKEN,
    clientId,
    version,
    log,
    ...routes.tunnel,
    transport: config.BROKER_TRANSPORT,
    maxTunnels: config.BROKER_HA_MODE_ENABLED ? 2 : 1,
    onChange: (open) => {
      brokerMetrics.tunnelOpen.set(open);
      if (open > 0) webhooks?.deliver();
    },
    handle: async (request, response) => {
      if (request.url !== clientStatusPath) return forward(request, response);
      const status = await clientStatus({ clientId, version, webhook: webhook() }, agentUrl, routes.inside);
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(status));
    },
  });
  lifecycle.onStop('tunnel', () => dialer?.stop(stopGraceMs));

  if (config.PREFLIGHT_CHECKS_ENABLED) {
    const { inside, outside } = routes;
    const dialerState = () => dialer?.state ?? 'stopped';
    void preflight({ config, inside, outside, dialerState, systemCheck: checkSystem, webhook }).then(
      (checks) => {
        if (lifecycle.isStopping) return;
        for (const check of checks) {
          if (check.verdict === 'failed') log.warn(check, 'preflight check failed');
        }
        print?.(preflightTable(checks));
      },
    );
  }

  const { port } = server.address() as AddressInfo;
  log.info({ port, clientId, version, type: credentials.type }, 'broker client started');
  return { port };
}

function googleOf(config: BrokerClientConfig) {
  const { WEBHOOK_GOOGLE_ACCOUNT: account, WEBHOOK_GOOGLE_AUDIENCE: audience } = config;
  const keysUrl = new URL(config.WEBHOOK_GOOGLE_KEYS);
  return account && audience ? { account, audience: audience.reveal(), keysUrl } : undefined;
}

async function closeServer(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), stopGraceMs);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
  clearTimeout(timer);
}
