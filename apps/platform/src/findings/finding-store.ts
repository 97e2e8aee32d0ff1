import { lookupKeys, rulesVersion, type Finding, type PackageContext } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** Reads packages with what decides how they are matched; those that are gone meanwhile are left out. */
export async function readPackages(
  db: Kysely<Database>,
  packageIds: readonly number[],
): Promise<PackageContext[]> {
  const rows = await db
    .selectFrom('package')
    .selectAll()
    .where(sql<boolean>`id = any(${packageIds})`)
    .orderBy('id')
    .execute();
  return rows.map(({ source_name, source_version, ...row }) => ({
    ...row,
    sourceName: source_name,
    sourceVersion: source_version,
  }));
}

/** The next packages, by id, that were never matched by the rules in force. */
export async function unmatchedPackageIds(db: Kysely<Database>, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('package')
    .leftJoin('package_match', 'package_match.package_id', 'package.id')
    .select('package.id')
    .where((where) =>
      where.or([
        where('package_match.package_id', 'is', null),
        where('package_match.rules_version', '<>', rulesVersion),
      ]),
    )
    .orderBy('package.id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Stores the names that packages are looked up by, so that an import finds whom it concerns. */
export async function putKeys(db: Kysely<Database>, packages: readonly PackageContext[]): Promise<void> {
  const rows = packages.flatMap((pkg) => lookupKeys(pkg).map((key) => ({ ...key, id: pkg.id })));
  const ids = packages.map(({ id }) => id);
  const wanted = sql`unnest(
    ${rows.map(({ ecosystem }) => ecosystem)}::text[],
    ${rows.map(({ name }) => name)}::text[],
    ${rows.map(({ id }) => id)}::integer[]
  )`;
  await sql`
    with wanted as (select * from ${wanted} as key(ecosystem, name, package_id)),
    gone as (
      delete from package_key where package_id = any(${ids})
        and (ecosystem, name, package_id) not in (select ecosystem, name, package_id from wanted)
    )
    insert into package_key (ecosystem, name, package_id)
    select distinct ecosystem, name, package_id from wanted
    where package_id in (select id from package where id = any(${ids}))
    order by package_id, ecosystem, name
    on conflict do nothing`.execute(db);
}

/**
 * Marks packages as matched by the rules in force and keeps others from matching them until the transaction ends, so
 * that the result of the newest advisories is what stays. @returns those that still exist.
 */
export async function lockMatches(
  db: Kysely<Database>,
  packageIds: readonly number[],
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ package_id: number }>`
    insert into package_match (package_id, rules_version)
    select id, ${rulesVersion} from package where id = any(${packageIds}) order by id
    on conflict (package_id) do update set rules_version = excluded.rules_version, matched_at = now()
    returning package_id`.execute(db);
  return new Set(rows.map((row) => row.package_id));
}

/** A finding with the package it is about. */
export type PackageFinding = { readonly packageId: number; readonly finding: Finding };

/**
 * Makes these the findings of the packages: new ones are added, others brought up to date, the rest deleted. A finding
 * that stays keeps its id and when it was created.
 * @returns the packages whose findings are not what they were.
 */
export async function replaceFindings(
  db: Kysely<Database>,
  packageIds: readonly number[],
  findings: readonly PackageFinding[],
): Promise<number[]> {
  const rows = findings.map(({ packageId, finding }) => ({
    package_id: packageId,
    vulnerability: finding.vulnerability,
    severity: finding.severity,
    score: finding.score ?? null,
    title: finding.title,
    fix_state: finding.fixState,
    fixed_in: finding.fixedIn ?? null,
    hidden_reason: finding.hiddenReason ?? null,
    advisory_ids: finding.advisories.map(({ id }) => id),
    detail: finding,
  }));
  const { rows: deleted } = await sql<{ package_id: number }>`
    delete from finding where package_id = any(${packageIds})
      and (package_id, vulnerability) not in (
        select * from unnest(
          ${rows.map((row) => row.package_id)}::integer[],
          ${rows.map((row) => row.vulnerability)}::text[]
        )
      )
    returning package_id`.execute(db);
  const { rows: written } = await sql<{ package_id: number }>`
    insert into finding (package_id, vulnerability, severity, score, title, fix_state, fixed_in, hidden_reason,
      advisory_ids, detail)
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row(package_id integer, vulnerability text,
      severity text, score real, title text, fix_state text, fixed_in text, hidden_reason text,
      advisory_ids text[], detail jsonb)
    where not exists (
      select from finding as same where same.package_id = row.package_id
        and same.vulnerability = row.vulnerability and same.detail = row.detail
    )
    on conflict (package_id, vulnerability) do update set
      severity = excluded.severity, score = excluded.score, title = excluded.title,
      fix_state = excluded.fix_state, fixed_in = excluded.fixed_in, hidden_reason = excluded.hidden_reason,
      advisory_ids = excluded.advisory_ids, detail = excluded.detail, updated_at = now()
    returning package_id`.execute(db);
  return [...new Set([...deleted, ...written].map((row) => row.package_id))].sort((a, b) => a - b);
}

/** The packages, ascending, that are looked up by one of the keys or have a finding of one of the vulnerabilities. */
export async function concernedPackageIds(
  db: Kysely<Database>,
  keys: readonly (readonly [ecosystem: string, name: string])[],
  vulnerabilities: readonly string[],
): Promise<number[]> {
  const { rows } = await sql<{ package_id: number }>`
    select package_key.package_id
    from unnest(
      ${keys.map(([ecosystem]) => ecosystem)}::text[],
      ${keys.map(([, name]) => name)}::text[]
    ) as key(ecosystem, name)
    join package_key on package_key.ecosystem = key.ecosystem and package_key.name = key.name
    union
    select package_id from finding where vulnerability = any(${vulnerabilities})
    order by package_id`.execute(db);
  return rows.map((row) => row.package_id);
}
