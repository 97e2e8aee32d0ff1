import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** The newest change of an integration's projects that no digest has told of; 0 when there is none. */
export async function lastImageChange(db: Kysely<Database>, integrationId: string): Promise<number> {
  const { rows } = await sql<{ id: number | null }>`
    select max(id) as id from project_image_change where integration_id = ${integrationId}`.execute(db);
  return rows[0]?.id ?? 0;
}

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
