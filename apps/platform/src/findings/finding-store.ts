import { lookupKeys, rulesVersion, type Finding, type PackageContext } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** A package, and whether the names it is looked up by are stored already as the rules in force have them. */
export type StoredPackage = PackageContext & {
  readonly hasKeys: boolean;
  /** Tells what its findings are made of; null when those that are stored are of other rules. */
  readonly findingsHash: string | null;
};

/** Reads packages with what decides how they are matched; those that are gone meanwhile are left out. */
export async function readPackages(
  db: Kysely<Database>,
  packageIds: readonly number[],
): Promise<StoredPackage[]> {
  if (packageIds.length === 0) return [];
  // Named as the type has them, so that rows are used as they come.
  const { rows } = await sql<StoredPackage>`
    select id, purl, type, name, version, arch, source_name as "sourceName", source_version as "sourceVersion",
      modularity, distro, owned, coalesce(rules_version = ${rulesVersion}, false) as "hasKeys",
      case when rules_version = ${rulesVersion} then findings_hash end as "findingsHash"
    from package left join package_match on package_id = id
    where id = any(${packageIds}) order by id`.execute(db);
  return rows;
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
  if (packages.length === 0) return;
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

/** What is known of the last match of a package. */
export type MatchState = {
  /** Tells what its findings are made of; absent when those that are stored are of other rules. */
  readonly findingsHash: string | undefined;
  /** It was matched before, by whatever rules. */
  readonly wasMatched: boolean;
  /** It was matched by the rules in force, so that only advisories can have changed its findings. */
  readonly isByRulesInForce: boolean;
};

/**
 * Keeps others from matching these packages until the transaction ends, so that the result of the newest advisories
 * is what stays. @returns the last match of those that still exist, which is none by rules in force if they are new.
 */
export async function lockMatches(
  db: Kysely<Database>,
  packageIds: readonly number[],
): Promise<ReadonlyMap<number, MatchState>> {
  const known = await lockKnown(db, packageIds);
  const missing = packageIds.filter((id) => !known.has(id));
  if (missing.length === 0) return known;
  await sql`
    insert into package_match (package_id, rules_version)
    select id, ${unmatched} from package where id = any(${missing}) order by id
    on conflict (package_id) do nothing`.execute(db);
  return new Map([...known, ...(await lockKnown(db, missing))]);
}

/** No rules ever had this version. */
const unmatched = 0;

async function lockKnown(
  db: Kysely<Database>,
  packageIds: readonly number[],
): Promise<Map<number, MatchState>> {
  const { rows } = await sql<{ package_id: number; rules_version: number; findings_hash: string | null }>`
    select package_id, rules_version, findings_hash from package_match
    where package_id = any(${packageIds}) order by package_id for update`.execute(db);
  return new Map(
    rows.map(({ package_id, rules_version, findings_hash }) => {
      const isByRulesInForce = rules_version === rulesVersion;
      const findingsHash = isByRulesInForce ? (findings_hash ?? undefined) : undefined;
      return [package_id, { findingsHash, isByRulesInForce, wasMatched: rules_version !== unmatched }];
    }),
  );
}

/** All findings of a package, with a hash of what they are made of. */
export type PackageFindings = {
  readonly packageId: number;
  readonly findings: readonly Finding[];
  readonly hash: string;
  /** The priorities of the findings, in their order. */
  readonly priorities: readonly number[];
  /** Why they may differ from what they were; absent when the package is matched for the first time. */
  readonly cause: 'advisories' | 'rules' | undefined;
};

/**
 * Makes these the findings of the packages: new ones are added, others brought up to date, the rest deleted. A finding
 * that stays keeps its id and when it was created; one that comes back, when it was first found. What became of findings
 * of packages that were matched before is noted as events.
 * @returns the packages whose findings count otherwise than they did: others came or went, or
 * the severity of one changed, or whether there is a fix.
 */
export async function replaceFindings(
  db: Kysely<Database>,
  packages: readonly PackageFindings[],
): Promise<number[]> {
  if (packages.length === 0) return [];
  const rows = packages.flatMap(({ packageId, findings, priorities }) =>
    findings.map((finding, index) => ({
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
      priority: priorities[index] ?? 0,
    })),
  );
  const { rows: changed } = await sql<{ package_id: number }>`
    with given as materialized (
      select * from unnest(
        ${packages.map(({ packageId }) => packageId)}::integer[],
        ${packages.map(({ hash }) => hash)}::text[],
        ${packages.map(({ cause }) => cause ?? null)}::text[]
      ) as given(package_id, hash, cause)
    ),
    matched as (
      update package_match set rules_version = ${rulesVersion}, findings_hash = given.hash, matched_at = now()
      from given where package_match.package_id = given.package_id
      returning package_match.package_id, given.cause
    ),
    wanted as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row(package_id integer,
        vulnerability text, severity text, score real, title text, fix_state text, fixed_in text,
        hidden_reason text, advisory_ids text[], detail jsonb, priority smallint)
    ),
    before as materialized (
      select package_id, vulnerability, severity, hidden_reason, fix_state, created_at, detail, priority from finding
      where package_id in (select package_id from given)
    ),
    closed_before as materialized (
      select distinct on (package_id, vulnerability) package_id, vulnerability, first_found_at from finding_event
      where package_id in (select package_id from given where cause is not null) and kind = 'closed'
      order by package_id, vulnerability, id desc
    ),
    gone as (
      delete from finding where package_id in (select package_id from matched)
        and (package_id, vulnerability) not in (select package_id, vulnerability from wanted)
      returning package_id, vulnerability, severity, hidden_reason, advisory_ids, created_at
    ),
    written as (
      insert into finding (package_id, vulnerability, severity, score, title, fix_state, fixed_in, hidden_reason,
        advisory_ids, detail, priority, created_at, reopened_at)
      select wanted.*, coalesce(closed_before.first_found_at, now()),
        case when closed_before.first_found_at is not null then now() end
      from wanted left join closed_before using (package_id, vulnerability)
      where not exists (
        select from before where before.package_id = wanted.package_id
          and before.vulnerability = wanted.vulnerability and before.detail = wanted.detail
          and before.priority is not distinct from wanted.priority
      )
      on conflict (package_id, vulnerability) do update set
        severity = excluded.severity, score = excluded.score, title = excluded.title,
        fix_state = excluded.fix_state, fixed_in = excluded.fixed_in, hidden_reason = excluded.hidden_reason,
        advisory_ids = excluded.advisory_ids, detail = excluded.detail, priority = excluded.priority,
        updated_at = case when finding.detail = excluded.detail then finding.updated_at else now() end
      returning package_id, vulnerability, severity, hidden_reason, fix_state, advisory_ids, created_at, reopened_at
    ),
    happened as (
      select package_id, vulnerability, 'closed' as kind, advisory_ids, severity, hidden_reason, created_at from gone
      union all
      select package_id, vulnerability,
        case
          when before.created_at is null and written.reopened_at is null then 'opened'
          when before.created_at is null then 'reopened'
          when before.severity <> written.severity then 'severity-changed'
          when before.fix_state <> 'fixed' and written.fix_state = 'fixed' then 'fix-available'
          when before.fix_state = 'fixed' and written.fix_state <> 'fixed' then 'fix-gone'
        end,
        advisory_ids, written.severity, written.hidden_reason, written.created_at
      from written left join before using (package_id, vulnerability)
    ),
    noted as (
      insert into finding_event (package_id, vulnerability, kind, cause, advisory_ids, severity, hidden_reason,
        first_found_at)
      select package_id, vulnerability, kind, matched.cause, advisory_ids, severity, hidden_reason, created_at
      from happened join matched using (package_id)
      where matched.cause is not null and kind is not null
      order by package_id, vulnerability
    )
    select package_id from gone
    union
    select written.package_id from written left join before using (package_id, vulnerability)
    where before.created_at is null or before.severity <> written.severity
      or before.fix_state <> written.fix_state
      or before.hidden_reason is distinct from written.hidden_reason
    order by package_id`.execute(db);
  return changed.map((row) => row.package_id);
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
