import { sql, type Insertable, type Kysely, type Selectable } from 'kysely';
import type { AuditEntryTable } from '../database/audit-tables.ts';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';

export type AuditEntryRow = Selectable<AuditEntryTable>;

/** Writes entries. Run it in the transaction of the change. */
export async function addEntries(
  db: Kysely<Database>,
  entries: readonly Insertable<AuditEntryTable>[],
): Promise<void> {
  await db
    .insertInto('audit_entry')
    .values([...entries])
    .execute();
}

export type AuditFilter = {
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
  readonly actorId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly events?: readonly string[] | undefined;
  readonly otherThan?: readonly string[] | undefined;
};

/** A page of an organization's entries, in the order in which they were written. */
export async function searchEntries(
  db: Kysely<Database>,
  orgId: string,
  filter: AuditFilter,
  position: PagePosition,
  limit: number,
  order: 'asc' | 'desc',
): Promise<Slice<AuditEntryRow>> {
  const { from, to, actorId, projectId, events, otherThan } = filter;
  let query = db.selectFrom('audit_entry').selectAll().where('org_id', '=', orgId);
  if (from) query = query.where('created_at', '>=', from);
  if (to) query = query.where('created_at', '<', to);
  if (actorId !== undefined) query = query.where('actor_id', '=', actorId);
  if (projectId !== undefined) query = query.where('project_id', '=', projectId);
  if (events) query = query.where(sql<boolean>`event = any(${events}::text[])`);
  if (otherThan) query = query.where(sql<boolean>`event <> all(${otherThan}::text[])`);
  return await readSlice(query, ['id'], position, limit, order);
}

/** Entries per statement: small enough to hold no lock for long. */
const chunk = 10_000;

/** Forgets entries that are older. */
export async function removeEntriesBefore(
  db: Kysely<Database>,
  before: Date,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { numAffectedRows } = await sql`
      delete from audit_entry where id in (
        select id from audit_entry where created_at < ${before} order by created_at limit ${chunk})`.execute(
      db,
    );
    if ((numAffectedRows ?? 0n) < BigInt(chunk)) return;
  }
}
