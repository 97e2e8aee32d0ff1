import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { RegistryState } from './data-directory.ts';

/** What a part is started with: a script and its whole environment. */
export type PartPlan = {
  readonly name: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly readyUrl: string;
};

export type Machine = {
  readonly dataDirectory: string;
  readonly logLevel: string;
  readonly caCert: string | undefined;
};

const cli = join(import.meta.dirname, 'main.ts');
const webDist = join(import.meta.dirname, '../../web/dist');

/** The platform, on the embedded database. */
export function platformPart(
  machine: Machine,
  options: {
    host: string;
    port: number;
    databaseUrl: string;
    encryptionKey: string;
    admin: { email: string; password: string };
  },
): PartPlan {
  return {
    name: 'platform',
    // An import makes much short-lived garbage: a small young generation saves 110 MB at its peak, and no time is lost.
    args: ['--max-semi-space-size=4', cli, 'platform'],
    environment: {
      HOST: options.host,
      PORT: String(options.port),
      DATABASE_URL: options.databaseUrl,
      ENCRYPTION_KEY: options.encryptionKey,
      ADMIN_EMAIL: options.admin.email,
      ADMIN_PASSWORD: options.admin.password,
      WEB_DIST: webDist,
      PUBLIC_URL: `http://${loopbackOf(options.host)}:${options.port}`,
      LOG_LEVEL: machine.logLevel,
    },
    readyUrl: `http://${loopbackOf(options.host)}:${options.port}/readyz`,
  };
}

/** The agent: knows no registry of its own. */
export function agentPart(machine: Machine, port: number): PartPlan {
  return {
    name: 'agent',
    // Streaming makes much short-lived garbage; a small young generation keeps the peak of memory low.
    args: ['--max-semi-space-size=1', cli, 'agent'],
    environment: {
      HOST: '127.0.0.1',
      SNYK_PORT: String(port),
      CACHE_DIR: join(machine.dataDirectory, 'layer-cache'),
      // Threads of their own free what others allocated; with one arena glibc gives it back: 30 MB less at the peak.
      MALLOC_ARENA_MAX: '1',
      LOG_LEVEL: machine.logLevel,
      ...(machine.caCert === undefined ? {} : { CA_CERT: machine.caCert }),
    },
    readyUrl: `http://127.0.0.1:${port}/healthcheck`,
  };
}

/** A broker client: one per registry, since it holds that registry's credentials. */
export function brokerClientPart(
  machine: Machine,
  options: { port: number; platformUrl: string; agentPort: number; registry: RegistryState; base: string },
): PartPlan {
  const { registry, port } = options;
  return {
    name: `broker-client-${registry.name.replaceAll(/[^a-zA-Z0-9.-]/g, '_')}`,
    args: [cli, 'broker-client'],
    environment: {
      HOST: '127.0.0.1',
      PORT: String(port),
      BROKER_TOKEN: registry.brokerToken ?? '',
      BROKER_SERVER_URL: options.platformUrl,
      BROKER_CLIENT_URL: `http://127.0.0.1:${port}`,
      CR_AGENT_URL: `http://127.0.0.1:${options.agentPort}`,
      CR_TYPE: registry.type,
      CR_BASE: options.base,
      ...(registry.username === undefined ? {} : { CR_USERNAME: registry.username }),
      ...(registry.password === undefined ? {} : { CR_PASSWORD: registry.password }),
      // Everything it talks to but the registry is on this machine, and the registry is the agent's to reach.
      NO_PROXY: '*',
      LOG_LEVEL: machine.logLevel,
    },
    readyUrl: `http://127.0.0.1:${port}/healthcheck`,
  };
}

/** The demo registry: images assembled from data that come with Plimsoll. */
export function demoRegistryPart(machine: Machine, port: number): PartPlan {
  return {
    name: 'demo-registry',
    args: [
      fileURLToPath(new URL('demo-registry.ts', import.meta.url)),
      join(machine.dataDirectory, 'demo-registry'),
      String(port),
    ],
    environment: {},
    readyUrl: `http://127.0.0.1:${port}/v2/`,
  };
}

/** The address under which this machine reaches a server that listens on `host`. */
export function loopbackOf(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
