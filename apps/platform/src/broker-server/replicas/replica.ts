import { randomUUID } from 'node:crypto';
import type { Logger, Secret } from '@plimsoll/runtime';
import {
  openHops,
  serveHops,
  type ClientConnection,
  type HopServer,
  type TunnelDirectory,
  type TunnelHolder,
} from '@plimsoll/tunnel';
import type { Kysely } from 'kysely';
import type { Database } from '../../database/schema.ts';
import { countReplicas, endReplica, forgetGone, putReplica, renewReplica } from './replica-store.ts';
import { sharedDirectory } from './shared-directory.ts';
import { putStates, putTunnel, stateOf } from './tunnel-store.ts';

/** A third of the lease: two renewals may fail. */
const renewEveryMs = 10_000;

/** How soon the other replicas know that a client is suspect, or how many slots are free, milliseconds. */
const tellEveryMs = 2_000;

export type ReplicaOptions = {
  readonly db: Kysely<Database>;
  /** Shared by all replicas; signs what one asks of another. */
  readonly key: Secret;
  /** Where the others reach this process, `http://host:port`; undefined when it takes no tunnels. */
  readonly url: string | undefined;
  /** Where it listens for them. */
  readonly host: string;
  readonly log: Logger;
};

/** This process as one of the platform's replicas. */
export type ReplicaMember = {
  /** Undefined when it takes no tunnels. */
  readonly id: string | undefined;
  readonly directory: TunnelDirectory;
  /** How many replicas take tunnels, as far as is known here. */
  count(): number;
  start(): Promise<void>;
  /** Looks again how many replicas there are. */
  recount(): Promise<void>;
  /** Takes no more hops, lets those under way finish for at most `graceMs`, and leaves. */
  stop(graceMs: number): Promise<void>;
};

/** Joins the replicas of a platform that share a database. */
export function joinReplicas({ db, key, url, host, log }: ReplicaOptions): ReplicaMember {
  const id = url === undefined ? undefined : randomUUID();
  const hops = openHops(key);
  const shared = sharedDirectory({ db, hops, replicaId: id, log });
  const tunnels = new Map<ClientConnection, { holder: TunnelHolder; told: string }>();
  const timers: NodeJS.Timeout[] = [];
  let server: HopServer | undefined;
  let count = 1;

  const directory: TunnelDirectory = {
    ...shared,
    async register(holder, tunnel) {
      tunnels.set(tunnel, { holder, told: JSON.stringify(stateOf(tunnel)) });
      await shared.register(holder, tunnel);
    },
    async unregister(holder, tunnel) {
      tunnels.delete(tunnel);
      await shared.unregister(holder, tunnel);
    },
  };

  async function recount(): Promise<void> {
    count = Math.max(1, await countReplicas(db));
  }

  async function renew(replica: { id: string; url: string }): Promise<void> {
    if (!(await renewReplica(db, replica.id))) {
      // The database was out of reach for so long that the others forgot this replica and its tunnels.
      log.warn({ replicaId: replica.id }, 'replica was taken for dead; it joins again');
      await putReplica(db, replica);
      for (const [tunnel, { holder }] of tunnels) await putTunnel(db, replica.id, holder, tunnel);
    }
    await forgetGone(db);
    await recount();
  }

  async function tell(): Promise<void> {
    const changed = [...tunnels].flatMap(([tunnel, known]) => {
      const state = stateOf(tunnel);
      const text = JSON.stringify(state);
      if (text === known.told) return [];
      known.told = text;
      return [{ id: tunnel.id, ...state }];
    });
    await putStates(db, changed);
  }

  function every(ms: number, what: string, work: () => Promise<void>): void {
    timers.push(
      setInterval(() => {
        work().catch((error: unknown) => log.warn({ err: error }, `${what} failed; it is tried again`));
      }, ms),
    );
  }

  return {
    id,
    directory,
    count: () => count,
    recount,
    async start() {
      if (id !== undefined && url !== undefined) {
        const port = Number(new URL(url).port || 80);
        server = await serveHops({ key, host, port, find: (tunnelId) => shared.held.find(tunnelId), log });
        await putReplica(db, { id, url });
        every(renewEveryMs, 'renewal of the lease', () => renew({ id, url }));
        every(tellEveryMs, 'telling the state of tunnels', tell);
      }
      await recount();
    },
    async stop(graceMs) {
      for (const timer of timers) clearInterval(timer);
      await server?.stop(graceMs);
      hops.close();
      if (id !== undefined) await endReplica(db, id);
    },
  };
}
