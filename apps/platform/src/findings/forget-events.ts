import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** What became of findings is told for half a year. */
export const eventRetentionDays = 180;

/** Events per statement, so that none holds its locks for long. */
const chunkEvents = 10_000;

/**
 * Forgets events of findings that are older. That a finding was closed is kept for as long as nothing else happened to it,
 * so that one that comes back knows when it was first found.
 */
export async function forgetEvents(db: Kysely<Database>, before: Date, signal?: AbortSignal): Promise<void> {
  for (let after = 0; ;) {
    signal?.throwIfAborted();
    const { rows } = await sql<{ id: number }>`
      select id from finding_event where at < ${before} and id > ${after} order by id limit ${chunkEvents}`.execute(
      db,
    );
    const last = rows.at(-1);
    if (!last) return;
    await sql`
      delete from finding_event as event
      where event.id > ${after} and event.id <= ${last.id} and event.at < ${before}
        and (event.kind <> 'closed' or exists (
          select from finding_event as later
          where later.package_id = event.package_id and later.vulnerability = event.vulnerability
            and later.id > event.id
        ))`.execute(db);
    after = last.id;
  }
}
