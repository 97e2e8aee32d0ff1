import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createLogger, Lifecycle, parseConfig } from '@plimsoll/runtime';
import { acceptTunnels, type Tunnel } from '@plimsoll/tunnel';
import { BrokerClientConfig } from './config.ts';
import { registryCredentials } from './registry-credentials.ts';
import { startBrokerClient } from './start-broker-client.ts';

/** Values that must be seen nowhere but where they belong. */
export const canaries = {
  brokerToken: 'canary-broker-token',
  password: 'canary"pass\\word',
} as const;

/** What the agent of a test tells when it is asked for its slots. */
export const agentHealth = { ok: true, version: '9', slots: { total: 3, free: 1 } };

/** A platform, a broker client and an agent of a test, on real sockets. */
export async function startTestNetworks(options: {
  /** Answers what goes to the agent, `/healthcheck` excepted. */
  readonly agent?: RequestListener;
  /** The platform's REST API, where callbacks arrive. */
  readonly platform?: RequestListener;
  /** Told before the client starts. */
  readonly onPlatformPort?: (port: number) => void;
  /** Makes the platform speak HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly onLog?: (line: string) => void;
  /** Where the table of the preflight checks goes; they are done only when it is given. */
  readonly print?: (text: string) => void;
  readonly environment?: Readonly<Record<string, string>>;
}) {
  const logged: string[] = [];
  const log = createLogger({ name: 'test', level: 'silent' });
  const opened = Promise.withResolvers<Tunnel>();
  const answer: RequestListener = options.platform ?? ((_request, response) => response.end());
  const platform = await listen(options.tls ? createTlsServer(options.tls, answer) : createServer(answer));
  options.onPlatformPort?.(platform.port);
  const acceptor = acceptTunnels<string>({
    authenticate: async (token) => (token === canaries.brokerToken ? 'acme' : undefined),
    onTunnel: (tunnel) => opened.resolve(tunnel),
    log,
  });
  acceptor.attach(platform.server);
  const handle: RequestListener = options.agent ?? ((_request, response) => response.end('{}'));
  const agent = await listen(
    createServer((request, response) => {
      if (request.url === '/healthcheck') response.end(JSON.stringify(agentHealth));
      else handle(request, response);
    }),
  );

  const config = parseConfig(BrokerClientConfig, {
    BROKER_TOKEN: canaries.brokerToken,
    BROKER_SERVER_URL: platform.url,
    BROKER_CLIENT_URL: 'http://broker-client:7341',
    CR_AGENT_URL: agent.url,
    CR_TYPE: 'harbor-cr',
    CR_BASE: 'registry.example.com',
    CR_USERNAME: 'robot',
    CR_PASSWORD: canaries.password,
    PORT: '0',
    HOST: '127.0.0.1',
    PREFLIGHT_CHECKS_ENABLED: String(options.print !== undefined),
    ...options.environment,
  });
  const lifecycle = new Lifecycle();
  // Secrets are not given to this logger: what it would have to hide is not to be written in the first place.
  const clientLog = createLogger({
    name: 'client',
    level: 'debug',
    write: (line) => {
      logged.push(line);
      options.onLog?.(line);
    },
  });
  const { port } = await startBrokerClient(config, lifecycle, clientLog, options.print);
  return {
    logged,
    credentials: registryCredentials(config).header.reveal(),
    url: `http://127.0.0.1:${port}`,
    tunnel: opened.promise,
    stopClient: () => lifecycle.stop(log),
    async close() {
      await lifecycle.stop(log);
      await acceptor.stop(0);
      await Promise.all([platform.close(), agent.close()]);
    },
  };
}

async function listen(server: Server) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: `${server instanceof TlsServer ? 'https' : 'http'}://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
