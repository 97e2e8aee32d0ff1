import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { JobDefinition, Jobs } from '../jobs/jobs.ts';

/** Packages per job, and images per statement: small enough that no statement holds its locks for long. */
const chunk = { packages: 5_000, images: 500 } as const;

export const refreshJobName = 'projects.refresh-counts';

const RefreshJob = z.object({ packageIds: z.array(z.number().int()).max(chunk.packages) });

/** Counts the issues of the projects that show these images again. Images that nothing was matched for count none. */
export async function refreshCounts(db: Kysely<Database>, imageIds: readonly number[]): Promise<void> {
  for (let start = 0; start < imageIds.length; start += chunk.images) {
    const ids = imageIds.slice(start, start + chunk.images);
    await sql`
      update project set
        issue_counts = coalesce(counted.counts, '{}'),
        issue_counts_at = now()
      from unnest(${ids}::int[]) as shown(image_id)
      left join (
        select image_id, jsonb_object_agg(kind, amount) as counts
        from (
          select image.id as image_id,
            case when finding.hidden_reason is null then finding.severity else 'hidden' end as kind,
            count(*) as amount
          from image
          cross join lateral unnest(image.package_ids) as package_id
          join finding on finding.package_id = package_id.package_id
          where image.id = any(${ids}::int[])
          group by 1, 2
        ) as by_kind
        group by image_id
      ) as counted using (image_id)
      where project.image_id = shown.image_id`.execute(db);
  }
}

/** Has the counters of every project refreshed whose image holds one of these packages. */
export async function packagesChanged(jobs: Jobs, packageIds: readonly number[]): Promise<void> {
  for (let start = 0; start < packageIds.length; start += chunk.packages) {
    await jobs.send(refreshJobName, { packageIds: packageIds.slice(start, start + chunk.packages) });
  }
}

/** The job behind `packagesChanged`. */
export function refreshJob(db: Kysely<Database>): JobDefinition<z.infer<typeof RefreshJob>> {
  return {
    name: refreshJobName,
    data: RefreshJob,
    concurrency: 1,
    retries: 5,
    expireInSeconds: 3_600,
    async handle({ packageIds }, signal) {
      let after = 0;
      for (;;) {
        signal.throwIfAborted();
        const ids = await imagesWith(db, packageIds, after);
        await refreshCounts(db, ids);
        const last = ids.at(-1);
        if (last === undefined || ids.length < chunk.images) return;
        after = last;
      }
    },
  };
}

async function imagesWith(
  db: Kysely<Database>,
  packageIds: readonly number[],
  after: number,
): Promise<number[]> {
  const rows = await db
    .selectFrom('image')
    .select('id')
    .where(sql<boolean>`package_ids && ${packageIds}::int[]`)
    .where('id', '>', after)
    .orderBy('id')
    .limit(chunk.images)
    .execute();
  return rows.map((row) => row.id);
}
