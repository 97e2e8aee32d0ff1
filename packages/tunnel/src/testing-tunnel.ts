import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { clientStatusPath, type ClientStatus } from '@plimsoll/contracts';
import { createLogger, Secret } from '@plimsoll/runtime';
import { acceptTunnels, type Replica, type TunnelAcceptor } from './accept-tunnels.ts';
import { dial, type Dialer, type DialOptions, type RequestHandler } from './dial.ts';
import { pollingPath } from './polling-wire.ts';
import { memoryDirectory, type MemoryDirectory } from './tunnel-directory.ts';
import type { Tunnel } from './tunnel.ts';

/** A platform of a test: accepts the token `good` and keeps its tunnels in a directory under the key `acme`. */
export type TestPlatform = {
  readonly server: Server;
  readonly url: string;
  readonly acceptor: TunnelAcceptor;
  readonly directory: MemoryDirectory;
  readonly logged: string[];
  /** The connections as the platform sees them. */
  readonly sockets: Set<Socket>;
  /** Resolves with the next tunnel that opens, or one that opened and nobody asked for yet. */
  nextTunnel(): Promise<Tunnel>;
  close(): Promise<void>;
};

export type TestPlatformOptions = {
  readonly port?: number;
  readonly statusEveryMs?: number;
  readonly pingEveryMs?: number;
  readonly replica?: Replica;
};

export async function startTestPlatform({
  port = 0,
  statusEveryMs = 60_000,
  pingEveryMs,
  replica,
}: TestPlatformOptions = {}): Promise<TestPlatform> {
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
      const holder = { integrationId, tokenId: 'good' };
      void directory.register(holder, tunnel);
      void tunnel.closed.then(() => directory.unregister(holder, tunnel));
      const first = waiting.shift();
      if (first) first(tunnel);
      else opened.push(tunnel);
    },
    log: createLogger({ name: 'test', level: 'debug', write: (line) => logged.push(line) }),
    statusEveryMs,
    ...(replica && { replica }),
    ...(pingEveryMs && { pingEveryMs }),
  });
  const server = createServer((request, response) => {
    if (request.url?.startsWith(pollingPath)) void acceptor.poll(request, response);
    else response.end('not a tunnel');
  });
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
    get open() {
      return dialer.open;
    },
    get transport() {
      return dialer.transport;
    },
    stop: (graceMs) => dialer.stop(graceMs),
    logged,
  };
}
