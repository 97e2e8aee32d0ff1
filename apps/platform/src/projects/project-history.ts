import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { JobDefinition } from '../jobs/jobs.ts';

/** How long is remembered what a project showed before, days. */
const keptDays = 365;

/** What a project shows or showed, with the counts of then. */
export type Snapshot = {
  readonly id: string;
  readonly scanned_at: Date | null;
  readonly digest: string;
  readonly platform: string;
  readonly package_count: number;
  readonly issue_counts: unknown;
};

/** What a project shows and what it showed before, the newest first; `imageId` chooses by digest. */
export async function projectHistory(
  db: Kysely<Database>,
  projectId: string,
  { imageId, offset, limit }: { imageId?: string | undefined; offset: number; limit: number },
): Promise<{ snapshots: Snapshot[]; total: number }> {
  const all = sql`
    select project.id, 'infinity'::timestamptz as until, project.scanned_at, image.digest, image.platform,
      cardinality(image.package_ids) as package_count, project.issue_counts
    from project join image on image.id = project.image_id where project.id = ${projectId}
    union all
    select id, until, scanned_at, digest, platform, package_count, issue_counts
    from project_snapshot where project_id = ${projectId}`;
  const chosen = imageId === undefined ? sql`true` : sql`digest = ${imageId}`;
  const { rows: snapshots } = await sql<Snapshot>`
    select * from (${all}) as shown where ${chosen}
    order by until desc, id limit ${limit} offset ${offset}`.execute(db);
  const { rows } = await sql<{ total: number }>`
    select count(*)::integer as total from (${all}) as shown where ${chosen}`.execute(db);
  return { snapshots, total: rows[0]?.total ?? 0 };
}

/** Forgets what projects showed long ago. */
export function forgetSnapshotsJob(db: Kysely<Database>): JobDefinition {
  return {
    name: 'projects.forget-snapshots',
    data: z.object({}),
    concurrency: 1,
    retries: 3,
    expireInSeconds: 600,
    cron: '41 3 * * *',
    async handle() {
      await sql`delete from project_snapshot where until < now() - make_interval(days => ${keptDays})`.execute(
        db,
      );
    },
  };
}
