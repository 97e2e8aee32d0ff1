import type { Logger } from '@plimsoll/runtime';
import {
  describeTunnel,
  groupByClient,
  memoryDirectory,
  returningMs,
  type Carrier,
  type ConnectedClient,
  type Excluded,
  type Hops,
  type MemoryDirectory,
  type TunnelDirectory,
} from '@plimsoll/tunnel';
import type { Kysely } from 'kysely';
import type { Database } from '../../database/schema.ts';
import { endTunnel, hadTunnel, isTokenUsed, putTunnel, tunnelsOf, type TunnelRow } from './tunnel-store.ts';

export type SharedDirectoryDeps = {
  readonly db: Kysely<Database>;
  readonly hops: Hops;
  /** The replica that this process is; undefined when it takes no tunnels. */
  readonly replicaId: string | undefined;
  readonly log: Logger;
};

/**
 * A directory of the tunnels that all replicas hold, in the database. The tunnels held here come first; to those of
 * other replicas a request takes one hop. A suspect client comes after every ready one, wherever it is connected.
 */
export function sharedDirectory(
  deps: SharedDirectoryDeps,
): TunnelDirectory & { readonly held: MemoryDirectory } {
  const { db, hops, replicaId, log } = deps;
  const held = memoryDirectory();
  const hopsUnderWay = new Map<string, number>();

  async function elsewhere(integrationId: string): Promise<TunnelRow[]> {
    if (!isId(integrationId)) return [];
    const rows = await tunnelsOf(db, integrationId);
    return rows.filter((row) => row.replicaId !== replicaId);
  }

  async function candidates(integrationId: string, isExcluded?: Excluded): Promise<TunnelRow[]> {
    try {
      const rows = await elsewhere(integrationId);
      const open = rows.filter(({ id, clientId }) => !isExcluded?.({ id, clientId }));
      return shuffled(open).toSorted((a, b) => busyness(a) - busyness(b));
    } catch (error) {
      // What is held here serves on without the database.
      log.warn({ err: error, integrationId }, 'tunnels of other replicas not known');
      return [];
    }
  }

  function busyness({ id }: TunnelRow): number {
    return hopsUnderWay.get(id) ?? 0;
  }

  function carrierOf({ id, url, clientId, version }: TunnelRow): Carrier {
    return {
      id,
      client: { clientId, version },
      async request(request) {
        hopsUnderWay.set(id, (hopsUnderWay.get(id) ?? 0) + 1);
        const done = () => {
          const left = (hopsUnderWay.get(id) ?? 1) - 1;
          if (left > 0) hopsUnderWay.set(id, left);
          else hopsUnderWay.delete(id);
        };
        try {
          const answer = await hops.request(url, id, request);
          answer.body.once('close', done);
          return answer;
        } catch (error) {
          done();
          throw error;
        }
      },
    };
  }

  return {
    held,
    async register(holder, tunnel) {
      await held.register(holder, tunnel);
      if (replicaId !== undefined) await putTunnel(db, replicaId, holder, tunnel);
    },
    async unregister(holder, tunnel) {
      await held.unregister(holder, tunnel);
      await endTunnel(db, tunnel.id);
    },
    async pick(integrationId, isExcluded) {
      const here = held.pickHeld(integrationId, isExcluded, true);
      if (here) return here;
      const others = await candidates(integrationId, isExcluded);
      const ready = others.find(isReady);
      if (ready) return carrierOf(ready);
      const suspect = held.pickHeld(integrationId, isExcluded);
      return suspect ?? (others[0] && carrierOf(others[0]));
    },
    async hasReady(integrationId, isExcluded) {
      if (await held.hasReady(integrationId, isExcluded)) return true;
      return (await candidates(integrationId, isExcluded)).some(isReady);
    },
    async isReturning(integrationId) {
      if (await held.isReturning(integrationId)) return true;
      return isId(integrationId) && (await hadTunnel(db, integrationId, returningMs));
    },
    async clientsOf(integrationId) {
      const here = held.heldFor(integrationId).map(describeTunnel);
      return groupByClient([...here, ...(await elsewhere(integrationId)).map(describeRow)]);
    },
    isUsed: async (tokenId) => (await held.isUsed(tokenId)) || (await isTokenUsed(db, tokenId)),
  };
}

function isReady({ isSuspect, hasAgent }: TunnelRow): boolean {
  return !isSuspect && hasAgent !== false;
}

function describeRow(row: TunnelRow): ConnectedClient {
  const { slotsTotal: total, slotsFree: free } = row;
  return {
    clientId: row.clientId,
    version: row.version,
    connectedAt: row.connectedAt,
    isSuspect: row.isSuspect,
    slots: total === null || free === null ? undefined : { total, free },
    tunnels: 1,
  };
}

/** Callers may ask for anything; only a UUID can be an integration's id. */
function isId(text: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
}

/** So that equally busy ones take turns. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
