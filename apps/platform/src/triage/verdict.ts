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
