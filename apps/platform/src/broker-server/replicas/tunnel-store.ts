import type { ClientConnection, TunnelHolder } from '@plimsoll/tunnel';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../../database/schema.ts';

/** A tunnel that a living replica holds. */
export type TunnelRow = {
  readonly id: string;
  readonly replicaId: string;
  readonly url: string;
  readonly clientId: string;
  readonly version: string;
  readonly connectedAt: Date;
  readonly isSuspect: boolean;
  /** False when the client says that its agent does not answer. */
  readonly hasAgent: boolean | null;
  readonly slotsTotal: number | null;
  readonly slotsFree: number | null;
};

/** What a replica tells the others about the state of a tunnel. */
export type TunnelState = Pick<TunnelRow, 'isSuspect' | 'hasAgent' | 'slotsTotal' | 'slotsFree'>;

export function stateOf({ isSuspect, status }: ClientConnection): TunnelState {
  return {
    isSuspect,
    hasAgent: status ? status.agent !== null : null,
    slotsTotal: status?.agent?.slots.total ?? null,
    slotsFree: status?.agent?.slots.free ?? null,
  };
}

/** Writes down that a replica holds a tunnel. */
export async function putTunnel(
  db: Kysely<Database>,
  replicaId: string,
  { integrationId, tokenId }: TunnelHolder,
  tunnel: ClientConnection,
): Promise<void> {
  const { isSuspect, hasAgent, slotsTotal, slotsFree } = stateOf(tunnel);
  await db
    .insertInto('tunnel')
    .values({
      id: tunnel.id,
      integration_id: integrationId,
      token_id: tokenId,
      replica_id: replicaId,
      client_id: tunnel.client.clientId,
      client_version: tunnel.client.version,
      connected_at: tunnel.connectedAt,
      is_suspect: isSuspect,
      has_agent: hasAgent,
      slots_total: slotsTotal,
      slots_free: slotsFree,
      lost_at: null,
    })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ replica_id: replicaId }))
    .execute();
}

/** Writes down that a tunnel is gone. */
export async function endTunnel(db: Kysely<Database>, tunnelId: string): Promise<void> {
  await sql`update tunnel set lost_at = now() where id = ${tunnelId}`.execute(db);
}

/** Writes down how tunnels are, all in one statement. */
export async function putStates(
  db: Kysely<Database>,
  states: readonly (TunnelState & { readonly id: string })[],
): Promise<void> {
  if (states.length === 0) return;
  await sql`
    update tunnel set is_suspect = s."isSuspect", has_agent = s."hasAgent", slots_total = s."slotsTotal",
      slots_free = s."slotsFree"
    from jsonb_to_recordset(${JSON.stringify(states)}::jsonb)
      as s(id uuid, "isSuspect" boolean, "hasAgent" boolean, "slotsTotal" int, "slotsFree" int)
    where tunnel.id = s.id`.execute(db);
}

/** The tunnels of an integration that living replicas hold, in the order in which they were opened. */
export async function tunnelsOf(db: Kysely<Database>, integrationId: string): Promise<TunnelRow[]> {
  return await db
    .selectFrom('tunnel')
    .innerJoin('replica', 'replica.id', 'tunnel.replica_id')
    .select([
      'tunnel.id as id',
      'replica.id as replicaId',
      'replica.url as url',
      'client_id as clientId',
      'client_version as version',
      'connected_at as connectedAt',
      'is_suspect as isSuspect',
      'has_agent as hasAgent',
      'slots_total as slotsTotal',
      'slots_free as slotsFree',
    ])
    .where('integration_id', '=', integrationId)
    .where('lost_at', 'is', null)
    .where('lease_until', '>', sql<Date>`now()`)
    .orderBy('connected_at')
    .orderBy('tunnel.id')
    .execute();
}

/** Whether a tunnel of the integration was there until a moment ago, or is held by a replica that does not answer. */
export async function hadTunnel(
  db: Kysely<Database>,
  integrationId: string,
  withinMs: number,
): Promise<boolean> {
  const { rows } = await sql<{ was: boolean }>`
    select exists (
      select from tunnel where integration_id = ${integrationId}
        and (lost_at is null or lost_at > now() - make_interval(secs => ${withinMs / 1_000}))
    ) as was`.execute(db);
  return rows[0]?.was ?? false;
}

/** Whether a living replica holds a tunnel that was opened with this token. */
export async function isTokenUsed(db: Kysely<Database>, tokenId: string): Promise<boolean> {
  const row = await db
    .selectFrom('tunnel')
    .innerJoin('replica', 'replica.id', 'tunnel.replica_id')
    .select('tunnel.id')
    .where('token_id', '=', tokenId)
    .where('lost_at', 'is', null)
    .where('lease_until', '>', sql<Date>`now()`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
