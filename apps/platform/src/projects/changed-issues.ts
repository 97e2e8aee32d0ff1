import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Database } from '../database/schema.ts';
import { isOpenSomewhere } from './new-issues.ts';

/** Most projects that are told of one by one, and most issues of one that are named. */
export const maxChanges = { projects: 200, issues: 100 } as const;

/** An issue that a project has now and had not, or the other way round. */
export type ChangedIssue = {
  readonly key: string;
  readonly title: string;
  readonly severity: string;
  readonly priority: number;
  readonly package: string;
  readonly versions: readonly string[];
  readonly fixed_in: string | null;
};

export type ChangedProject = {
  readonly project_id: string;
  readonly new_issues: readonly ChangedIssue[];
  readonly removed_issues: readonly ChangedIssue[];
};

/**
 * What changed for the projects of an integration that show another image than before; a project that shows its first
 * image is none of them. Leaves the notes of the changes where they are.
 */
export async function changesOfImages(
  db: Kysely<Database>,
  integrationId: string,
  upTo: number,
  at: Date,
): Promise<ChangedProject[]> {
  return await changed(
    db,
    sql`
    latest as (
      select project_id, (array_agg(before_image order by id))[1] as before_image,
        (array_agg(after_image order by id desc))[1] as after_image
      from project_image_change where integration_id = ${integrationId} and id <= ${upTo}
      group by project_id
    ),
    unit as materialized (
      select project_id, before_image, after_image, array[project_id] as project_ids from latest
      where before_image is not null and before_image <> after_image
      order by project_id limit ${sql.lit(maxChanges.projects)}
    ),
    side as (
      select unit.project_id, image.id = unit.after_image as is_new, package.name as package, package.version,
        finding.vulnerability, finding.severity, finding.priority, finding.title, finding.fixed_in
      from unit
      join image on image.id in (unit.before_image, unit.after_image)
      cross join lateral unnest(image.package_ids) as held(package_id)
      join finding on finding.package_id = held.package_id
      join package on package.id = held.package_id
      where finding.hidden_reason is null and ${isOpenSomewhere(at)}
    )`,
  );
}

/** What advisories changed for the projects of an organization, by events after one up to another. */
export async function changesOfEvents(
  db: Kysely<Database>,
  orgId: string,
  { after, upTo }: { readonly after: number; readonly upTo: number },
  at: Date,
): Promise<ChangedProject[]> {
  return await changed(
    db,
    sql`
    event as (
      select distinct on (package_id, vulnerability) package_id, vulnerability, kind, severity from finding_event
      where id > ${after} and id <= ${upTo} and kind in ('opened', 'reopened', 'closed') and hidden_reason is null
      order by package_id, vulnerability, id desc
    ),
    place as materialized (
      select project.id as project_id, image.id as image_id, event.*
      from event join image on image.package_ids @> array[event.package_id] and image.org_id = ${orgId}
      join project on project.image_id = image.id
    ),
    unit as (
      select place.*, array[project_id] as project_ids from place where project_id in (
        select distinct project_id from place order by project_id limit ${sql.lit(maxChanges.projects)})
    ),
    side as (
      select unit.project_id, unit.kind <> 'closed' as is_new, package.name as package, package.version,
        unit.vulnerability, unit.severity, finding.priority, finding.title, finding.fixed_in
      from unit join package on package.id = unit.package_id join image on image.id = unit.image_id
      left join finding on finding.package_id = unit.package_id and finding.vulnerability = unit.vulnerability
      where unit.kind = 'closed' or (finding.id is not null and finding.hidden_reason is null and ${isOpenSomewhere(at)})
    )`,
  );
}

/** Puts the relation `side` together per project: what is on one side only, the most urgent first. */
async function changed(db: Kysely<Database>, relations: RawBuilder<unknown>): Promise<ChangedProject[]> {
  const { rows } = await sql<ChangedProject>`
    with ${relations},
    difference as (
      select project_id, bool_and(is_new) as is_new, vulnerability as key, package,
        coalesce(min(title), vulnerability) as title, min(severity) as severity,
        coalesce(max(priority), 0)::integer as priority, array_agg(distinct version) as versions,
        max(fixed_in) as fixed_in
      from side group by project_id, vulnerability, package
      having bool_and(is_new) or not bool_or(is_new)
    ),
    ranked as (
      select *, row_number() over (partition by project_id, is_new order by priority desc, key, package) as rank
      from difference
    )
    select project_id,
      coalesce(jsonb_agg(to_jsonb(ranked) order by rank) filter (where is_new), '[]') as new_issues,
      coalesce(jsonb_agg(to_jsonb(ranked) order by rank) filter (where not is_new), '[]') as removed_issues
    from ranked where rank <= ${sql.lit(maxChanges.issues)}
    group by project_id order by project_id`.execute(db);
  return rows;
}
