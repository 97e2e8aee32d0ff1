import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { JobDefinition, Jobs } from '../jobs/jobs.ts';
import type { IgnorePlace } from '../triage/ignore-store.ts';
import type { Recount } from '../triage/index.ts';
import { readIssueId } from './issue-id.ts';
import { findProject } from './project-store.ts';
import { refreshCounts } from './refresh-counts.ts';
import { findTarget } from './target-store.ts';

const recountJobName = 'projects.recount-triaged';

const RecountJob = z.object({
  orgId: z.uuid(),
  vulnerabilities: z.array(z.string()),
  integrationId: z.uuid().optional(),
  repository: z.string().optional(),
});

/** Has the counters of projects refreshed that have a finding of some vulnerabilities; enqueued in the transaction. */
export async function requestRecount(
  jobs: Jobs,
  recount: Recount,
  transaction: Kysely<Database>,
): Promise<void> {
  await jobs.send(recountJobName, recount, { transaction });
}

/** The job behind `requestRecount`. */
export function recountJob(db: Kysely<Database>): JobDefinition<z.infer<typeof RecountJob>> {
  return {
    name: recountJobName,
    data: RecountJob,
    concurrency: 1,
    retries: 5,
    expireInSeconds: 3_600,
    async handle({ orgId, vulnerabilities, integrationId, repository }, signal) {
      const { rows } = await sql<{ id: number }>`
        select image.id from image
        where image.package_ids && (
            select coalesce(array_agg(distinct package_id), '{}') from finding
            where vulnerability = any(${vulnerabilities}::text[])
          )
          and exists (
            select from project where project.image_id = image.id and project.org_id = ${orgId}
              and (${repository ?? null}::text is null
                or (project.integration_id = ${integrationId ?? null} and project.repository = ${repository ?? null}))
          )
        order by image.id`.execute(db);
      await refreshCounts(
        db,
        rows.map(({ id }) => id),
        signal,
      );
    },
  };
}

/** Refreshes the counters of the project that shows a repository:tag. */
export async function recountProject(
  db: Kysely<Database>,
  orgId: string,
  { integrationId, repository, tag }: IgnorePlace,
): Promise<void> {
  const rows = await db
    .selectFrom('project')
    .select('image_id')
    .where('org_id', '=', orgId)
    .where('integration_id', '=', integrationId)
    .where('repository', '=', repository)
    .where('tag', '=', tag ?? '')
    .execute();
  await refreshCounts(
    db,
    rows.flatMap((row) => row.image_id ?? []),
  );
}

/** The names of a project, or of a target. */
export async function placeOf(
  db: Kysely<Database>,
  orgId: string,
  kind: 'project' | 'target',
  id: string,
): Promise<IgnorePlace | undefined> {
  if (kind === 'project') {
    const project = await findProject(db, orgId, id);
    return (
      project && {
        integrationId: project.integration_id,
        repository: project.repository,
        tag: project.tag,
      }
    );
  }
  const target = await findTarget(db, orgId, id);
  return target && { integrationId: target.integration_id, repository: target.name };
}

/** What an issue of an organization is about. */
export async function subjectOfIssue(
  db: Kysely<Database>,
  orgId: string,
  issueId: string,
): Promise<{ vulnerability: string; purl: string } | undefined> {
  const numbers = readIssueId(issueId);
  if (!numbers) return undefined;
  return await db
    .selectFrom('finding')
    .innerJoin('package', 'package.id', 'finding.package_id')
    .innerJoin('project', (join) => join.on('project.number', '=', numbers.projectNumber))
    .select(['finding.vulnerability', 'package.purl'])
    .where('project.org_id', '=', orgId)
    .where('finding.id', '=', numbers.findingId)
    .where(sql<boolean>`exists (
      select from image where image.id = project.image_id and image.package_ids @> array[finding.package_id])`)
    .executeTakeFirst();
}
