import type { AddressInfo } from 'node:net';
import { openRegistry, RateBudgets } from '@plimsoll/registry';
import { createMetrics, type Lifecycle, type Logger } from '@plimsoll/runtime';
import { LayerReaders, openLayerCache } from '@plimsoll/scanner';
import { Agent } from 'undici';
import packageJson from '../package.json' with { type: 'json' };
import { createAgentMetrics } from './agent-metrics.ts';
import type { AgentConfig } from './config.ts';
import { createHandlers } from './handlers.ts';
import { ScanSlots } from './scan-slots.ts';
import { RegistrySessions } from './registry-sessions.ts';
import { createServer } from './server.ts';

/** Time that running scans get to finish when the process stops, milliseconds; Kubernetes kills after 30 s. */
const stopGraceMs = 20_000;

/** Connections and requests of callbacks that hang, milliseconds; a try as a whole has its own limit. */
const connectTimeoutMs = 10_000;

/**
 * Starts an agent and registers how it stops.
 * @returns the port it listens on.
 */
export async function startAgent(
  config: AgentConfig,
  lifecycle: Lifecycle,
  log: Logger,
): Promise<{ port: number }> {
  const metrics = createMetrics();
  const agentMetrics = createAgentMetrics(metrics);
  const { CA_CERT: ca, REGISTRY_CLIENT_CERT: cert, REGISTRY_CLIENT_KEY: key } = config;
  if (!config.TLS_REJECT_UNAUTHORIZED) {
    log.warn('certificates are not checked: anybody on the way to a registry can read its credentials');
  }
  const proxy = {
    ...(config.HTTP_PROXY && { http: config.HTTP_PROXY.reveal() }),
    ...(config.HTTPS_PROXY && { https: config.HTTPS_PROXY.reveal() }),
    ...(config.NO_PROXY !== undefined && { no: config.NO_PROXY }),
  };

  // Callbacks go to the broker client beside the agent, never through the proxy to the outside.
  const callbacks = new Agent({ connect: { timeout: connectTimeoutMs, ...(ca !== undefined && { ca }) } });
  lifecycle.onStop('callback connections', () => callbacks.destroy());

  const slots = new ScanSlots({
    slots: config.MAX_ACTIVE_OPERATIONS,
    scanTimeoutMs: config.SCAN_TIMEOUT_SECONDS * 1_000,
    log,
    metrics: agentMetrics,
    dispatcher: callbacks,
  });
  const cache =
    config.CACHE_DIR === 'off'
      ? undefined
      : await openLayerCache(config.CACHE_DIR, { maxBytes: config.CACHE_MAX_BYTES });

  const readers = new LayerReaders();
  readers.start();
  lifecycle.onStop('layer readers', () => readers.close());
  const userAgent = `plimsoll-agent/${packageJson.version}`;

  // All sessions with one registry share how fast it may be asked.
  const budgets = new RateBudgets();
  const egress = {
    trustedHosts: config.REGISTRY_TRUSTED_HOSTS,
    allowPrivate: config.REGISTRY_ALLOW_PRIVATE,
  };
  const registries = new RegistrySessions((credentials) =>
    openRegistry(credentials, {
      log,
      egress,
      proxy,
      userAgent,
      budgets,
      ...(ca !== undefined && { ca: [ca] }),
      ...(cert && key && { clientCertificate: { cert, key: key.reveal() } }),
      verifyCertificates: config.TLS_REJECT_UNAUTHORIZED,
    }),
  );
  lifecycle.onStop('registries', () => registries.close());

  const app = createServer({
    handlers: createHandlers({
      version: packageJson.version,
      slots,
      registries,
      reading: {
        maxImageSizeBytes: config.SNYK_MAX_IMAGE_SIZE_IN_BYTES,
        cache,
        readers,
        byContents: !config.WHOLE_LAYERS,
        attachedSboms: config.ATTACHED_SBOMS,
      },
    }),
    log,
    metrics,
    agentMetrics,
  });
  lifecycle.onStop('server', () => app.close());
  // While scans finish, the server still answers, with 503 to new ones.
  lifecycle.onStop('scans', () => slots.stop(stopGraceMs));

  await app.listen({ port: config.SNYK_PORT ?? config.PORT, host: config.HOST });
  const { port } = app.server.address() as AddressInfo;
  log.info({ port, slots: slots.total }, 'agent started');
  return { port };
}
