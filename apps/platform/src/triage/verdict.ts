import { sql, type RawBuilder } from 'kysely';

/**
 * What people decided about an issue, for a query over `project`, `finding` and `package`: a lateral table with one row
 * `(id, expires_at)`, the rule in force at an instant that holds longest, or none.
 */
export function ignoreInForce(at: Date): RawBuilder<{ id: string; expires_at: Date | null }> {
  return sql`lateral (
    select rule.id, rule.expires_at from ignored_vulnerability
    join ignore_rule as rule on rule.id = ignored_vulnerability.rule_id
    where ignored_vulnerability.org_id = project.org_id
      and ignored_vulnerability.vulnerability = finding.vulnerability
      and (rule.package is null or rule.package = purl_package(package.purl))
      and (rule.integration_id is null or (rule.integration_id = project.integration_id
        and rule.repository = project.repository and (rule.tag is null or rule.tag = project.tag)))
      and (rule.expires_at is null or rule.expires_at > ${at})
      and not (rule.until_fixed and finding.fixed_in is not null)
    order by rule.expires_at desc nulls first, rule.id limit 1
  )`;
}

/**
 * What VEX statements say about an issue, for a query over `project`, `image` and `finding`: a lateral table with one row
 * `(statement, status, is_suppressing)`, the newest statement that holds there, or none. Of equally old ones that of the
 * organization itself counts, then the one that calls for care.
 */
export function vexInForce(): RawBuilder<{ statement: number; status: string; is_suppressing: boolean }> {
  return sql`lateral (
    select said.statement, said.status, said.is_suppressing from finding_vex as said
    where said.finding_id = finding.id
      and (said.org_id is null or said.org_id = project.org_id)
      and (said.digest is null or said.digest in (project.digest, image.digest))
      and (said.repository is null or said.repository = project.repository)
      and (said.image_name is null or said.image_name = project.repository
        or right(project.repository, length(said.image_name) + 1) = '/' || said.image_name)
      and (said.tag is null or said.tag = project.tag)
    order by said.stated_at desc, said.org_id nulls last, said.is_suppressing, said.statement limit 1
  )`;
}
