import { severities } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';

export type IssueFilter = {
  readonly projectId?: string | undefined;
  readonly severities?: readonly string[] | undefined;
  readonly withHidden: boolean;
};

export type IssueRow = Awaited<ReturnType<typeof findIssue>> & object;

/**
 * A page of the issues of an organization. Those of one project come worst first; across projects, where sorting
 * millions would take long, they come project by project.
 */
export async function listIssues(
  db: Kysely<Database>,
  orgId: string,
  filter: IssueFilter,
  position: PagePosition,
  limit: number,
): Promise<Slice<IssueRow>> {
  let query = issues(db, orgId);
  if (filter.projectId !== undefined) query = query.where('project.id', '=', filter.projectId);
  if (filter.severities) {
    query = query.where(sql<boolean>`finding.severity = any(${filter.severities}::text[])`);
  }
  if (!filter.withHidden) query = query.where('finding.hidden_reason', 'is', null);
  const sortKey =
    filter.projectId === undefined
      ? ['project.number', 'finding.id']
      : [severityRank, 'finding.vulnerability', 'finding.id'];
  return await readSlice(query, sortKey, position, limit);
}

/** The place of a row in the order of `listIssues`. */
export function issueSortKey(row: IssueRow, filter: IssueFilter): (string | number)[] {
  return filter.projectId === undefined
    ? [row.number, row.finding_id]
    : [row.rank, row.vulnerability, row.finding_id];
}

/** One issue of an organization, by the two numbers of its id. */
export async function findIssue(
  db: Kysely<Database>,
  orgId: string,
  { projectNumber, findingId }: { projectNumber: number; findingId: number },
) {
  return await issues(db, orgId)
    .where('project.number', '=', projectNumber)
    .where('finding.id', '=', findingId)
    .executeTakeFirst();
}

/** 1 for the worst. */
const severityRank = sql<number>`coalesce(array_position(${sql.lit(`{${severities.join(',')}}`)}::text[], finding.severity), 99)`;

function issues(db: Kysely<Database>, orgId: string) {
  return db
    .selectFrom('project')
    .innerJoin('image', 'image.id', 'project.image_id')
    .innerJoin(
      sql<{ package_id: number }>`lateral unnest(image.package_ids)`.as<'held'>(sql`held(package_id)`),
      (join) => join.onTrue(),
    )
    .innerJoin('finding', 'finding.package_id', 'held.package_id')
    .innerJoin('package', 'package.id', 'finding.package_id')
    .select([
      'project.id as project_id',
      'project.number',
      'project.org_id',
      'finding.id as finding_id',
      'finding.vulnerability',
      'finding.severity',
      'finding.title',
      'finding.fix_state',
      'finding.fixed_in',
      'finding.hidden_reason',
      'finding.detail',
      'finding.created_at',
      'finding.updated_at',
      'package.name',
      'package.version',
      'package.purl',
      severityRank.as('rank'),
    ])
    .where('project.org_id', '=', orgId);
}
