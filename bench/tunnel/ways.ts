import { startOurPair, type OurPair } from './our-pair.ts';
import { startPeerPair } from './peer-pair.ts';
import { Programs } from './programs.ts';

/** A way from a consumer to the agent, over HTTP. */
export type Way = {
  readonly name: string;
  /** Before a path of the agent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The processes between consumer and agent: at the platform's end, at the agent's end. */
  readonly pids: readonly (number | undefined)[];
  /** Largest body of a request. */
  readonly maxUploadBytes: number;
};

export type Ways = {
  readonly all: readonly Way[];
  readonly ours: OurPair;
  stop(): Promise<void>;
};

/** Its server takes no larger requests. */
const peerUploadBytes = 8 * 1024 * 1024;

/** Starts an agent and the ways to it: directly, through two plain proxies, through our pair, through npm's broker. */
export async function startWays({ peers }: { peers: boolean }): Promise<Ways> {
  const programs = new Programs();
  const agent = await programs.serve('./agent.ts');
  const inner = await programs.serve('./plain-proxy.ts', agent.url);
  const outer = await programs.serve('./plain-proxy.ts', inner.url);
  const ours = await startOurPair(programs, agent.url);
  const peer = peers ? await startPeerPair(programs, agent.url) : undefined;
  const unlimited = { headers: {}, maxUploadBytes: Number.POSITIVE_INFINITY };
  const all: Way[] = [
    { ...unlimited, name: 'direct', url: agent.url, pids: [] },
    { ...unlimited, name: 'two proxies', url: outer.url, pids: [outer.child.pid, inner.child.pid] },
    {
      ...unlimited,
      name: 'plimsoll',
      url: ours.url,
      headers: ours.headers,
      pids: [ours.platform.pid, ours.client.pid],
    },
  ];
  if (peer) {
    const pids = [peer.server.pid, peer.client.pid];
    all.push({ name: 'snyk-broker', url: peer.url, headers: {}, pids, maxUploadBytes: peerUploadBytes });
  }
  return {
    all,
    ours,
    async stop() {
      await ours.stop();
      peer?.remove();
    },
  };
}
