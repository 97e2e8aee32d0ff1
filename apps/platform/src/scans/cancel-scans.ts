import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { forgetScans, wantedByPeople } from '../projects/project-writes.ts';

/** Scans per transaction. */
const chunk = 1_000;

/**
 * Ends the scans of a run that wait for an agent. A scan that the project of a person waits for too goes on, but no
 * longer for the run.
 */
export async function cancelScans(db: Kysely<Database>, syncRunId: string): Promise<void> {
  for (;;) {
    const count = await db.transaction().execute((transaction) => cancelSome(transaction, syncRunId));
    if (count < chunk) return;
  }
}

async function cancelSome(db: Kysely<Database>, syncRunId: string): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    select id from scan where sync_run_id = ${syncRunId} and status = 'requested' and finished_at is null
    order by id limit ${chunk} for update`.execute(db);
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  const wanted = await wantedByPeople(db, ids);
  const unwanted = ids.filter((id) => !wanted.has(id));
  await db
    .updateTable('scan')
    .set({ sync_run_id: null })
    .where(sql<boolean>`id = any(${[...wanted]})`)
    .execute();
  await db
    .updateTable('scan')
    .set({ status: 'cancelled', finished_at: new Date() })
    .where(sql<boolean>`id = any(${unwanted})`)
    .execute();
  await forgetScans(db, unwanted, 'The sync run was cancelled before the image was read.');
  return ids.length;
}
