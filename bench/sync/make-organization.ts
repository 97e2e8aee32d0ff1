import type { Finding } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../../apps/platform/src/database/schema.ts';
import type { BenchRegistry } from './make-registry.ts';

/** A large organization: every fourth package has a finding, so that each image has fifty issues. */
export const organizationSize = {
  repositories: 2_000,
  projects: 100_000,
  images: 20_000,
  packages: 20_000,
  packagesEach: 200,
  issues: 5_000_000,
} as const;

const finding: Finding = {
  vulnerability: 'CVE-2026-1',
  title: 'A weakness',
  severity: 'high',
  score: 7.5,
  fixState: 'fixed',
  fixedIn: '1.0.1',
  confidence: 'high',
  problems: [{ id: 'CVE-2026-1', source: 'CVE' }],
  ratings: [
    { source: 'NVD', level: 'high', score: 7.5, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N' },
  ],
  advisories: [{ id: 'BENCH-1', source: 'bench', modified: '2026-01-01T00:00:00Z' }],
};
const detail = JSON.stringify(finding);

/** Writes the projects of a large organization, what their images hold and what is known of that. */
export async function makeLargeOrganization(
  db: Kysely<Database>,
  { orgId, integrationId }: BenchRegistry,
): Promise<void> {
  const { repositories, projects, images, packages, packagesEach } = organizationSize;
  await sql`
    insert into package (purl, type, name, version)
    select 'pkg:npm/bench-' || unit || '@1.0.0', 'npm', 'bench-' || unit, '1.0.0'
    from generate_series(1, ${packages}::int) as unit`.execute(db);
  await sql`
    insert into finding (package_id, vulnerability, severity, title, fix_state, fixed_in, advisory_ids, detail)
    select id, 'CVE-2026-' || id, (array['critical', 'high', 'medium', 'low'])[1 + id / 4 % 4], 'A weakness of ' || name,
      'fixed', '1.0.1', array['BENCH-1'], ${detail}::jsonb
    from package where name like 'bench-%' and id % 4 = 0`.execute(db);
  await sql`
    insert into image (org_id, digest, platform, distro, package_ids, document, analyzers)
    select ${orgId}::uuid, 'sha256:' || lpad(to_hex(unit), 64, '0'), 'linux/amd64', '',
      (ids.list)[1 + unit % ${packages - packagesEach}::int : ${packagesEach}::int + unit % ${packages - packagesEach}::int],
      '', 'bench'
    from generate_series(1, ${images}::int) as unit,
      (select array_agg(id order by id) as list from package where name like 'bench-%') as ids`.execute(db);
  await sql`
    insert into target (org_id, integration_id, name)
    select ${orgId}::uuid, ${integrationId}::uuid, 'team-' || unit % 50 || '/service-' || unit
    from generate_series(0, ${repositories - 1}::int) as unit`.execute(db);
  await sql`
    insert into project (org_id, integration_id, target_id, repository, tag, source, digest, platform, image_id,
      scan_status, scanned_at, issue_counts, issue_counts_at)
    select ${orgId}::uuid, ${integrationId}::uuid, target.id, target.name, 'v1.' || unit, 'sync', image.digest,
      'linux/amd64', image.id, 'scanned', now(), '{"critical":12,"high":13,"medium":12,"low":13}', now()
    from (select *, row_number() over (order by name) - 1 as place from target where integration_id = ${integrationId})
        as target
    cross join generate_series(0, ${projects / repositories - 1}::int) as unit
    join (select id, digest, row_number() over (order by id) - 1 as place from image where org_id = ${orgId}) as image
      on image.place = (target.place * ${projects / repositories}::int + unit) % ${images}::int`.execute(db);
  await makeTriage(db, orgId);
  await sql`update finding set priority = case when id in (1000, 3000) then 950 else 400 end`.execute(db);
  await sql`vacuum analyze`.execute(db);
}

/** Ignores every twentieth finding for the whole organization, and has a statement about every tenth, half of them hiding it. */
async function makeTriage(db: Kysely<Database>, orgId: string): Promise<void> {
  await sql`
    with rule as (
      insert into ignore_rule (org_id, vulnerability, kind, reason, until_fixed, created_by_id, created_by_name)
      select ${orgId}::uuid, vulnerability, 'wont-fix', 'bench', false, gen_random_uuid(), 'bench'
      from finding where id % 20 = 0 returning id, vulnerability)
    insert into ignored_vulnerability (org_id, vulnerability, rule_id)
    select ${orgId}::uuid, vulnerability, id from rule`.execute(db);
  const { rows } = await sql<{ id: number }>`
    insert into vex_document (org_id, document_id, name, format, author, version, document)
    values (${orgId}, 'bench', 'bench', 'openvex', 'bench', '1', '') returning id`.execute(db);
  await sql`
    with statement as (
      insert into vex_statement (document, vulnerability, aliases, product, package, status)
      select ${rows[0]?.id}::integer, vulnerability, '{}', '', '', 'not_affected' from finding where id % 10 = 0
      returning id, vulnerability)
    insert into finding_vex (finding_id, statement, org_id, status, is_suppressing, stated_at)
    select finding.id, statement.id, ${orgId}::uuid, 'not_affected', finding.id % 20 = 10, now()
    from statement join finding using (vulnerability)`.execute(db);
}
