import { severities } from '@plimsoll/contracts';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';
import { ignoreInForce, vexInForce } from '../triage/verdict.ts';

export type IssueFilter = {
  readonly projectId?: string | undefined;
  readonly severities?: readonly string[] | undefined;
  readonly withHidden: boolean;
  readonly isIgnored?: boolean | undefined;
  readonly times?: IssueTimes | undefined;
  readonly minPriority?: number | undefined;
  readonly isFixable?: boolean | undefined;
  readonly isKnownExploited?: boolean | undefined;
  /** The order within one project. */
  readonly sort: 'severity' | 'priority';
};

/** Instants, ISO 8601, each exclusive. */
export type IssueTimes = {
  readonly createdAfter?: string | undefined;
  readonly createdBefore?: string | undefined;
  readonly updatedAfter?: string | undefined;
  readonly updatedBefore?: string | undefined;
};

export type IssueRow = Awaited<ReturnType<typeof findIssue>> & object;

/**
 * A page of the issues of an organization. Those of one project come worst first, by severity or by priority; across
 * projects, where sorting millions would take long, they come project by project.
 */
export async function listIssues(
  db: Kysely<Database>,
  orgId: string,
  filter: IssueFilter,
  position: PagePosition,
  limit: number,
  at: Date,
): Promise<Slice<IssueRow>> {
  let query = issues(db, orgId, at);
  if (filter.projectId !== undefined) query = query.where('project.id', '=', filter.projectId);
  const conditions = findingConditions(filter);
  for (const condition of conditions) query = query.where(condition);
  if (!filter.withHidden) {
    query = query
      .where('finding.hidden_reason', 'is', null)
      .where(sql<boolean>`vex.is_suppressing is not true`);
  }
  if (filter.isIgnored !== undefined) {
    query = query.where('rule.id', filter.isIgnored ? 'is not' : 'is', null);
  }
  if (filter.isIgnored === true) conditions.push(isIgnoredSomewhere(orgId));
  const packages =
    filter.projectId === undefined && conditions.length > 0 ? await packagesOfFew(db, conditions) : undefined;
  if (packages) {
    query = query
      .where(sql<boolean>`image.package_ids && ${packages}::integer[]`)
      .where(sql<boolean>`held.package_id = any(${packages}::integer[])`);
  }
  return await readSlice(query, sortColumns(filter), position, limit);
}

/** What a filter asks of a finding, whatever project shows it. */
function findingConditions(filter: IssueFilter): RawBuilder<boolean>[] {
  const conditions: RawBuilder<boolean>[] = [];
  if (filter.severities) conditions.push(sql`finding.severity = any(${filter.severities}::text[])`);
  for (const [column, comparison, time] of [
    ['finding.created_at', '>', filter.times?.createdAfter],
    ['finding.created_at', '<', filter.times?.createdBefore],
    ['finding.updated_at', '>', filter.times?.updatedAfter],
    ['finding.updated_at', '<', filter.times?.updatedBefore],
  ] as const) {
    if (time === undefined) continue;
    conditions.push(sql`${sql.ref(column)} ${sql.raw(comparison)} ${new Date(time)}`);
  }
  if (filter.minPriority !== undefined) conditions.push(sql`${priority} >= ${filter.minPriority}`);
  if (filter.isFixable !== undefined) {
    conditions.push(sql`(finding.fixed_in is not null) = ${filter.isFixable}`);
  }
  if (filter.isKnownExploited !== undefined) {
    conditions.push(filter.isKnownExploited ? isExploited : sql`not ${isExploited}`);
  }
  return conditions;
}

/** A rule names its vulnerability; whether it holds is another question. */
function isIgnoredSomewhere(orgId: string): RawBuilder<boolean> {
  return sql`finding.vulnerability in (select vulnerability from ignored_vulnerability where org_id = ${orgId})`;
}

/** Findings that are few: their packages lead to the images that have them. */
const few = 100;

/**
 * The packages of all findings that fulfil these conditions when those are few; undefined when they are many. Of many a
 * page is soon full, project by project; of few it never would be, and millions of issues would be looked at.
 */
async function packagesOfFew(
  db: Kysely<Database>,
  conditions: readonly RawBuilder<boolean>[],
): Promise<number[] | undefined> {
  let query = db
    .selectFrom('finding')
    .select('package_id')
    .limit(few + 1);
  for (const condition of conditions) query = query.where(condition);
  const rows = await query.execute();
  return rows.length > few ? undefined : [...new Set(rows.map(({ package_id: id }) => id))];
}

/** The place of a row in the order of `listIssues`. */
export function issueSortKey(row: IssueRow, filter: IssueFilter): (string | number)[] {
  if (filter.projectId === undefined) return [row.number, row.finding_id];
  if (filter.sort === 'priority') return [-row.priority, row.vulnerability, row.finding_id];
  return [row.rank, row.vulnerability, row.finding_id];
}

function sortColumns({ projectId, sort }: IssueFilter): readonly (string | RawBuilder<unknown>)[] {
  if (projectId === undefined) return ['project.number', 'finding.id'];
  const first = sort === 'priority' ? sql`-${priority}` : severityRank;
  return [first, 'finding.vulnerability', 'finding.id'];
}

/** One issue of an organization, by the two numbers of its id. */
export async function findIssue(
  db: Kysely<Database>,
  orgId: string,
  { projectNumber, findingId }: { projectNumber: number; findingId: number },
  at: Date,
) {
  return await issues(db, orgId, at)
    .where('project.number', '=', projectNumber)
    .where('finding.id', '=', findingId)
    .executeTakeFirst();
}

/** 1 for the worst. */
const severityRank = sql<number>`coalesce(array_position(${sql.lit(`{${severities.join(',')}}`)}::text[], finding.severity), 99)`;

/** Findings of an earlier release have none yet. */
const priority = sql<number>`coalesce(finding.priority, 0)`;

/** One of its ids is in the catalogue of exploited vulnerabilities. */
const isExploited = sql<boolean>`exists (
  select from jsonb_array_elements(finding.detail -> 'problems') as problem
  join known_exploited on known_exploited.cve = problem ->> 'id'
)`;

function issues(db: Kysely<Database>, orgId: string, at: Date) {
  return db
    .selectFrom('project')
    .innerJoin('image', 'image.id', 'project.image_id')
    .innerJoin(
      sql<{
        package_id: number;
        layer: number | null;
      }>`lateral unnest(image.package_ids, image.package_layers)`.as<'held'>(sql`held(package_id, layer)`),
      (join) => join.onTrue(),
    )
    .innerJoin('finding', 'finding.package_id', 'held.package_id')
    .innerJoin('package', 'package.id', 'finding.package_id')
    .leftJoin(ignoreInForce(at).as<'rule'>(sql`rule`), (join) => join.onTrue())
    .leftJoin(vexInForce().as<'vex'>(sql`vex`), (join) => join.onTrue())
    .select([
      'rule.id as ignored_by',
      'vex.statement as vex_statement',
      'vex.is_suppressing',
      'project.id as project_id',
      'project.number',
      'project.org_id',
      'image.id as image_id',
      'held.layer',
      sql<string | null>`image.layer_instructions[held.layer + 1]`.as('instruction'),
      'finding.package_id',
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
      priority.as('priority'),
    ])
    .where('project.org_id', '=', orgId);
}
