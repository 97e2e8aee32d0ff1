import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** A project whose registry is to be asked what its tag is now. */
export type DueTest = {
  readonly id: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string | null;
  readonly platform: string;
  readonly pushedAt: Date | null;
  readonly firstSeenAt: Date;
  readonly frequency: 'daily' | 'weekly';
  /** Nothing was read of the digest it is to show, and no scan is under way. */
  readonly isUnread: boolean;
  /** When the sync run began that last saw the tag as the project shows it; null when none did. */
  readonly observedAt: Date | null;
};

const isDue = sql<boolean>`test_frequency <> 'never' and project.status = 'active' and next_test_at <= now()`;

/** Integrations with projects that are due. */
export async function integrationsWithDueTests(db: Kysely<Database>): Promise<string[]> {
  const rows = await db.selectFrom('project').select('integration_id').distinct().where(isDue).execute();
  return rows.map((row) => row.integration_id);
}

/** The due projects of an integration, those that have waited longest first. */
export async function dueTests(
  db: Kysely<Database>,
  integrationId: string,
  limit: number,
): Promise<DueTest[]> {
  const { rows } = await sql<DueTest>`
    select project.id, project.repository, project.tag, project.digest, project.platform,
      project.pushed_at as "pushedAt", project.first_seen_at as "firstSeenAt", project.test_frequency as frequency,
      scan_status = 'failed' or (scan_status = 'pending' and scan_id is null) as "isUnread",
      sync_run.started_at as "observedAt"
    from project
    left join observation on observation.integration_id = project.integration_id
      and observation.repository = project.repository and observation.tag = project.tag
      and observation.digest = project.digest
    left join sync_run on sync_run.id = observation.last_run_id
    where project.integration_id = ${integrationId} and ${isDue}
    order by next_test_at, project.id limit ${limit}`.execute(db);
  return rows;
}

/** Puts the next test of a project off, and notes why the last one could not tell, if so. */
export async function scheduleTest(
  db: Kysely<Database>,
  projectId: string,
  { nextAt, error }: { readonly nextAt: Date; readonly error: string | null },
): Promise<void> {
  await db
    .updateTable('project')
    .set({ next_test_at: nextAt, test_error: error })
    .where('id', '=', projectId)
    .execute();
}
