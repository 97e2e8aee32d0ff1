import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { ignoreInForce, vexInForce } from '../triage/verdict.ts';
import type { IgnoredCount } from './issue-counts.ts';

/** What triage takes out of the counters of a project. */
export type TriageCounts = {
  readonly projectId: string;
  readonly imageId: number;
  /** Issues that are ignored, by severity and until when. */
  readonly ignored: readonly IgnoredCount[];
  /** Issues that VEX statements call not affected, by severity. */
  readonly notAffected: readonly Pick<IgnoredCount, 'severity' | 'count'>[];
};

/**
 * Counts the issues of the projects that show these images which rules and VEX statements take out of their counters;
 * projects without any are left out. Only findings that one of these speaks of are looked at.
 */
export async function triageCounts(
  db: Kysely<Database>,
  imageIds: readonly number[],
  at: Date,
): Promise<TriageCounts[]> {
  const { rows: any } = await sql`
    (select from ignored_vulnerability limit 1) union all (select from finding_vex where is_suppressing limit 1)`.execute(
    db,
  );
  if (any.length === 0) return [];
  const { rows } = await sql<Row>`
    with spoken as materialized (
      select id, package_id, vulnerability, severity, fixed_in from finding
      where hidden_reason is null and (
        vulnerability in (
          select vulnerability from ignored_vulnerability
          where org_id in (select org_id from image where id = any(${imageIds}::integer[]))
        )
        or id in (select finding_id from finding_vex where is_suppressing)
      )
    )
    select project.id as project_id, project.image_id, finding.severity,
      coalesce(vex.is_suppressing, false) as is_not_affected,
      case when vex.is_suppressing then null else rule.expires_at end as expires_at, count(*)::integer as count
    from project
    join image on image.id = project.image_id
    cross join lateral unnest(image.package_ids) as held(package_id)
    join spoken as finding on finding.package_id = held.package_id
    join package on package.id = finding.package_id
    left join ${ignoreInForce(at)} as rule on true
    left join ${vexInForce()} as vex on true
    where project.image_id = any(${imageIds}::integer[]) and (rule.id is not null or vex.is_suppressing)
    group by 1, 2, 3, 4, 5
    order by 1, 3, 4, 5`.execute(db);
  return [...Map.groupBy(rows, (row) => row.project_id)].map(([projectId, own]) => ({
    projectId,
    imageId: own[0]?.image_id ?? 0,
    ignored: own
      .filter((row) => !row.is_not_affected)
      .map(({ severity, count, expires_at: expiresAt }) => ({
        severity,
        count,
        until: expiresAt?.getTime() ?? null,
      })),
    notAffected: own.filter((row) => row.is_not_affected),
  }));
}

type Row = {
  project_id: string;
  image_id: number;
  severity: string;
  is_not_affected: boolean;
  expires_at: Date | null;
  count: number;
};
