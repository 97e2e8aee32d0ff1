import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { clientStatusPath, type ClientStatus } from '@plimsoll/contracts';
import { createLogger, Secret } from '@plimsoll/runtime';
import { acceptTunnels, type TunnelAcceptor } from './accept-tunnels.ts';
import { dial, type Dialer, type DialOptions, type RequestHandler } from './dial.ts';
import { memoryDirectory, type TunnelDirectory } from './tunnel-directory.ts';
import type { Tunnel } from './tunnel.ts';

/** A platform of a test: accepts the token `good` and keeps its tunnels in a directory under the key `acme`. */
export type TestPlatform = {
  readonly server: Server;
  readonly url: string;
  readonly acceptor: TunnelAcceptor;
  readonly directory: TunnelDirectory;
  readonly logged: string[];
  /** The connections as the platform sees them. */
  readonly sockets: Set<Socket>;
  /** Resolves with the next tunnel that opens, or one that opened and nobody asked for yet. */
  nextTunnel(): Promise<Tunnel>;
  close(): Promise<void>;
};

export async function startTestPlatform({ port = 0, statusEveryMs = 60_000 } = {}): Promise<TestPlatform> {
  const logged: string[] = [];
  const opened: Tunnel[] = [];
  const waiting: ((tunnel: Tunnel) => void)[] = [];
  const directory = memoryDirectory();
  const acceptor = acceptTunnels<string>({
    authenticate: async (token) => {
      if (token === 'broken') throw new Error('database is down');
      return token === 'good' ? 'acme' : undefined;
    },
    onTunnel: (tunnel, integrationId) => {
      void directory.register(integrationId, tunnel);
      void tunnel.closed.then(() => directory.unregister(integrationId, tunnel));
      const first = waiting.shift();
      if (first) first(tunnel);
      else opened.push(tunnel);
    },
    log: createLogger({ name: 'test', level: 'debug', write: (line) => logged.push(line) }),
    statusEveryMs,
  });
  const server = createServer((_request, response) => response.end('not a tunnel'));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  acceptor.attach(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    server,
    url,
    acceptor,
    directory,
    logged,
    sockets,
    nextTunnel: async () => opened.shift() ?? new Promise((resolve) => waiting.push(resolve)),
    close: async () => {
      await acceptor.stop(0);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type TestDialer = Dialer & { readonly logged: string[] };

/** A client of a test; answers its status itself and hands everything else to `handle`. */
export function startTestDialer(
  url: string,
  handle: RequestHandler,
  options: Partial<DialOptions> & { token?: Secret; onLog?: (line: string) => void } = {},
): TestDialer {
  const logged: string[] = [];
  const clientId = options.clientId ?? 'client-1';
  const status: ClientStatus = {
    clientId,
    version: '1.0.0',
    agent: { version: '1', slots: { total: 2, free: 1 } },
  };
  const dialer = dial({
    url,
    token: new Secret('good'),
    clientId,
    version: '1.0.0',
    handle: (request, response) =>
      request.url === clientStatusPath
        ? void response.end(JSON.stringify(status))
        : handle(request, response),
    log: createLogger({
      name: 'test',
      level: 'debug',
      write: (line) => {
        logged.push(line);
        options.onLog?.(line);
      },
    }),
    backoff: { firstMs: 1, capMs: 5 },
    ...options,
  });
  return {
    get state() {
      return dialer.state;
    },
    stop: (graceMs) => dialer.stop(graceMs),
    logged,
  };
}
