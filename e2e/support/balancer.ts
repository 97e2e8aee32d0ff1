import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A process of the platform behind the balancer. */
export type Backend = {
  readonly url: string;
  /** Which paths it takes; all unless told. A connection stays where its first request led. */
  readonly takes?: (path: string) => boolean;
};

export type Balancer = {
  readonly url: string;
  /** Whether a backend is sent new connections. */
  isReady(url: string): boolean;
  stop(): Promise<void>;
};

/** How often `/readyz` of each backend is asked, milliseconds. */
const probeEveryMs = 100;

/** A balancer as people put it in front: leads connections to the processes that are ready, one after the other. */
export async function startBalancer(backends: readonly Backend[]): Promise<Balancer> {
  const ready = new Set<string>();
  const sockets = new Set<Socket>();
  let turn = 0;

  async function probe({ url }: Backend): Promise<void> {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.ok) ready.add(url);
    else ready.delete(url);
  }
  const timer = setInterval(() => backends.forEach((backend) => void probe(backend)), probeEveryMs);

  function lead(incoming: Socket, first: Buffer, tried: ReadonlySet<Backend>): void {
    const path = /^[A-Z]+ (\S+)/.exec(first.toString('latin1'))?.[1] ?? '/';
    const open = backends.filter(
      (backend) => ready.has(backend.url) && !tried.has(backend) && (backend.takes?.(path) ?? true),
    );
    const backend = open[turn++ % (open.length || 1)];
    if (!backend) {
      incoming.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const { port, hostname } = new URL(backend.url);
    const outgoing = connect(Number(port), hostname);
    sockets.add(outgoing);
    outgoing.once('connect', () => {
      outgoing.off('error', retry);
      outgoing.on('error', () => incoming.destroy());
      outgoing.write(first);
      incoming.pipe(outgoing).pipe(incoming);
    });
    const retry = () => lead(incoming, first, new Set([...tried, backend]));
    outgoing.once('error', retry);
    outgoing.on('close', () => sockets.delete(outgoing));
    incoming.on('close', () => outgoing.destroy());
  }

  const server = createServer((incoming) => {
    sockets.add(incoming);
    incoming.on('error', () => undefined);
    incoming.on('close', () => sockets.delete(incoming));
    incoming.once('data', (first: Buffer) => {
      incoming.pause();
      lead(incoming, first, new Set());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isReady: (url) => ready.has(url),
    async stop() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
