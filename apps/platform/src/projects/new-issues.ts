import { severities, type IssuesDigest } from '@plimsoll/contracts';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Database } from '../database/schema.ts';
import { ignoreInForce, vexInForce } from '../triage/verdict.ts';

/** Issues that a digest names; the others are counted. */
const namedIssues = 20;
/** Names of packages and of projects that one of them has. */
const examples = { packages: 5, projects: 3 } as const;

/** Issues that are new to an organization's projects: vulnerabilities, each counted once. */
export type NewIssues = Pick<IssuesDigest, 'new_issues' | 'projects' | 'issues'>;

/**
 * The issues that projects of an integration have since they show other images than before: those of the image that a
 * project shows now which the one before did not have, by changes up to one. Forgets these changes: run it in the
 * transaction that tells of them.
 */
export async function takeIssuesOfImages(
  db: Kysely<Database>,
  integrationId: string,
  upTo: number,
  at: Date,
): Promise<NewIssues | undefined> {
  return await summarize(
    db,
    sql`
    taken as (
      delete from project_image_change where integration_id = ${integrationId} and id <= ${upTo}
      returning id, project_id, before_image, after_image
    ),
    latest as (
      select project_id, (array_agg(before_image order by id))[1] as before_image,
        (array_agg(after_image order by id desc))[1] as after_image
      from taken group by project_id
    ),
    unit as materialized (
      select before_image, after_image, count(*)::integer as projects,
        array_agg(project.id) as project_ids,
        (array_agg(project.repository || ':' || project.tag order by project.id))[1:${sql.lit(examples.projects)}] as names
      from latest join project on project.id = latest.project_id
      where before_image is distinct from after_image
      group by before_image, after_image
    ),
    had as (
      select distinct unit.before_image, finding.vulnerability, package.name
      from (select distinct before_image from unit) as unit
      join image on image.id = unit.before_image
      cross join lateral unnest(image.package_ids) as held(package_id)
      join finding on finding.package_id = held.package_id
      join package on package.id = held.package_id
      where finding.hidden_reason is null
    ),
    new as materialized (
      select unit.before_image, unit.after_image, unit.projects, unit.names, package.name as package,
        finding.vulnerability, finding.severity, finding.priority, finding.title, finding.fixed_in
      from unit
      join image on image.id = unit.after_image
      cross join lateral unnest(image.package_ids) as held(package_id)
      join finding on finding.package_id = held.package_id
      join package on package.id = held.package_id
      where finding.hidden_reason is null and ${isOpenSomewhere(at)} and not exists (
        select from had where had.before_image = unit.before_image
          and had.vulnerability = finding.vulnerability and had.name = package.name
      )
    )`,
  );
}

/** The issues that projects of an organization have since advisories or rules changed, by events after one up to another. */
export async function issuesOfEvents(
  db: Kysely<Database>,
  orgId: string,
  { after, upTo }: { readonly after: number; readonly upTo: number },
  at: Date,
): Promise<NewIssues | undefined> {
  return await summarize(
    db,
    sql`
    event as (
      select distinct package_id, vulnerability from finding_event
      where id > ${after} and id <= ${upTo} and kind in ('opened', 'reopened') and hidden_reason is null
    ),
    unit as materialized (
      select image_id, count(*)::integer as projects,
        array_agg(id) as project_ids,
        (array_agg(repository || ':' || tag order by id))[1:${sql.lit(examples.projects)}] as names
      from project where org_id = ${orgId} and image_id is not null group by image_id
    ),
    new as materialized (
      select null::integer as before_image, unit.image_id as after_image, unit.projects, unit.names,
        package.name as package, finding.vulnerability, finding.severity, finding.priority, finding.title,
        finding.fixed_in
      from event
      join finding on finding.package_id = event.package_id and finding.vulnerability = event.vulnerability
      join package on package.id = event.package_id
      join image on image.package_ids @> array[event.package_id] and image.org_id = ${orgId}
      join unit on unit.image_id = image.id
      where finding.hidden_reason is null and ${isOpenSomewhere(at)}
    )`,
  );
}

/**
 * Whether the finding is open in at least one project of a unit: neither ignored nor said not to affect. Few findings are
 * spoken of by any rule or statement.
 */
export function isOpenSomewhere(at: Date): RawBuilder<boolean> {
  return sql`(
    not exists (select from ignored_vulnerability where vulnerability = finding.vulnerability)
      and not exists (select from finding_vex where finding_id = finding.id and is_suppressing)
    or exists (
      select from project
      left join ${ignoreInForce(at)} as rule on true
      left join ${vexInForce()} as vex on true
      where project.id = any(unit.project_ids) and rule.id is null and vex.is_suppressing is not true
    )
  )`;
}

/** Counts what is in the relation `new`, and names the most urgent ones. */
async function summarize(
  db: Kysely<Database>,
  relations: RawBuilder<unknown>,
): Promise<NewIssues | undefined> {
  const rank = sql`coalesce(array_position(${sql.lit(`{${severities.join(',')}}`)}::text[], severity), 99)`;
  const { rows } = await sql<{
    counts: NewIssues['new_issues'];
    projects: number;
    issues: (Omit<NewIssues['issues'][number], 'fixed_in'> & { fixed_in: string | null })[];
  }>`
    with ${relations},
    issue as materialized (
      select vulnerability, (array_agg(severity order by ${rank}))[1] as severity, min(${rank}) as rank,
        max(coalesce(priority, 0)) as priority, min(title) as title,
        (array_agg(distinct package))[1:${sql.lit(examples.packages)}] as packages,
        case when count(distinct package) = 1 then max(fixed_in) end as fixed_in
      from new group by vulnerability
    ),
    named as (
      select * from issue order by priority desc, rank, vulnerability limit ${namedIssues}
    ),
    place as (
      select distinct before_image, after_image, vulnerability, projects, names from new
      where vulnerability in (select vulnerability from named)
    )
    select
      (select coalesce(jsonb_object_agg(severity, count), '{}') from (
        select severity, count(*)::integer as count from issue group by severity) as counted) as counts,
      (select coalesce(sum(projects), 0)::integer from (
        select distinct before_image, after_image, projects from new) as unit) as projects,
      (select coalesce(jsonb_agg(to_jsonb(told) order by told.priority desc, told.rank, told.key), '[]') from (
        select named.vulnerability as key, named.title, named.severity as effective_severity_level,
          named.priority::integer as priority, named.rank, named.packages, named.fixed_in,
          exists (select from known_exploited where cve = named.vulnerability) as known_exploited,
          sum(place.projects)::integer as projects,
          (array_agg(place.names[1] order by place.names[1]))[1:${sql.lit(examples.projects)}] as examples
        from named join place using (vulnerability)
        group by named.vulnerability, named.title, named.severity, named.priority, named.rank, named.packages,
          named.fixed_in
      ) as told) as issues`.execute(db);
  const [found] = rows;
  if (!found || Object.keys(found.counts).length === 0) return undefined;
  return {
    new_issues: found.counts,
    projects: found.projects,
    issues: found.issues.map(({ fixed_in: fixedIn, ...issue }) => ({
      ...issue,
      ...(fixedIn !== null && { fixed_in: fixedIn }),
    })),
  };
}
