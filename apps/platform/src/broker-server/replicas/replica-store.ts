import { sql, type Kysely } from 'kysely';
import type { Database } from '../../database/schema.ts';

/** A replica that has not said for so long that it lives is taken for dead, seconds; its tunnels with it. */
export const leaseSeconds = 30;

/** What a dead replica held is remembered for so long, seconds: its clients are expected back. */
const rememberSeconds = 60;

export type ReplicaName = { readonly id: string; readonly url: string };

/** Writes a replica down, in place of one that had the same address. */
export async function putReplica(db: Kysely<Database>, { id, url }: ReplicaName): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('replica').where('url', '=', url).where('id', '!=', id).execute();
    await sql`
      insert into replica (id, url, lease_until) values (${id}, ${url}, now() + make_interval(secs => ${leaseSeconds}))
      on conflict (id) do update set lease_until = excluded.lease_until`.execute(transaction);
  });
}

/** Renews the lease of a replica; false when others have taken it for dead and forgotten it. */
export async function renewReplica(db: Kysely<Database>, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update replica set lease_until = now() + make_interval(secs => ${leaseSeconds}) where id = ${id}`.execute(
    db,
  );
  return numAffectedRows === 1n;
}

/** Ends the lease of a replica that stops. What it held is remembered a little longer. */
export async function endReplica(db: Kysely<Database>, id: string): Promise<void> {
  await sql`update replica set lease_until = now() where id = ${id}`.execute(db);
}

/** Forgets replicas and tunnels that have been gone for a while. */
export async function forgetGone(db: Kysely<Database>): Promise<void> {
  await sql`delete from replica where lease_until < now() - make_interval(secs => ${rememberSeconds})`.execute(
    db,
  );
  await sql`delete from tunnel where lost_at < now() - make_interval(secs => ${rememberSeconds})`.execute(db);
}

/** How many replicas take tunnels now. */
export async function countReplicas(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from replica where lease_until > now()`.execute(db);
  return rows[0]?.count ?? 0;
}
