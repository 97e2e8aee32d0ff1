import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clientStatusPath } from '@plimsoll/contracts';
import { createLogger, createMetrics, Secret } from '@plimsoll/runtime';
import { dial, memoryDirectory, type RequestHandler } from '@plimsoll/tunnel';
import { peerReader } from '../http/peer.ts';
import { hashToken } from '../organizations/tokens.ts';
import { createBrokerServer, type BrokerIdentity } from './broker-server.ts';

/** A broker server of a test, with the tokens it accepts. Stands in for the http server around it. */
export async function startTestBroker(options: { recheckEveryMs?: number } = {}) {
  const tokens = new Map<string, BrokerIdentity>();
  const seen: string[] = [];
  const logged: string[] = [];
  const cleanups: (() => Promise<void>)[] = [];
  const directory = memoryDirectory();
  const broker = createBrokerServer({
    directory,
    peerOf: peerReader([]),
    verifyToken: async (hash) => tokens.get(hash.toString('hex')),
    onSeen: async (integrationId) => void seen.push(integrationId),
    log: createLogger({ name: 'test', level: 'debug', write: (line) => logged.push(line) }),
    metrics: createMetrics(),
    ...options,
  });
  const server = createServer();
  broker.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    broker,
    directory,
    seen,
    logged,
    allow: (token: string, identity: BrokerIdentity) =>
      void tokens.set(hashToken(token).toString('hex'), identity),
    forbid: (token: string) => void tokens.delete(hashToken(token).toString('hex')),
    /** Connects a client whose agent is `handle`; resolves when the tunnel is open. */
    async connect(token: string, handle: RequestHandler, clientId?: string) {
      const client = await connectTestClient(url, token, handle, clientId);
      cleanups.push(() => client.dialer.stop(0));
      return client;
    },
    async close() {
      await Promise.all(cleanups.map((cleanup) => cleanup()));
      await broker.stop(0);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Connects a client whose agent is `handle` to a platform; resolves when a tunnel is open. */
export async function connectTestClient(
  url: string,
  token: string,
  handle: RequestHandler,
  clientId = 'client-1',
) {
  const opened = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<void>();
  const dialer = dial({
    url,
    token: new Secret(token),
    clientId,
    version: '1.2.3',
    handle: (request, response) => {
      if (request.url !== clientStatusPath) return handle(request, response);
      const agent = { version: '1', slots: { total: 2, free: 2 } };
      return void response.end(JSON.stringify({ clientId, version: '1.2.3', agent }));
    },
    log: createLogger({ name: 'client', level: 'silent' }),
    backoff: { firstMs: 1, capMs: 5 },
    onChange: (open) => (open > 0 ? opened : lost).resolve(),
  });
  await opened.promise;
  return { dialer, lost: lost.promise };
}
