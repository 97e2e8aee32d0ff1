import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** Integrations with projects that show another image since so many seconds, and of which no digest has told. */
export async function integrationsWithImageChanges(
  db: Kysely<Database>,
  olderThanSeconds: number,
): Promise<string[]> {
  const { rows } = await sql<{ integration_id: string }>`
    select integration_id from project_image_change
    group by integration_id having max(at) < now() - make_interval(secs => ${olderThanSeconds})`.execute(db);
  return rows.map((row) => row.integration_id);
}
