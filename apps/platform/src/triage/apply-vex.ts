import { purlNames, vexScope, type PackageContext, type VexScope } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** Findings per pass: few queries, and as many statements in memory at once. */
const chunkFindings = 2_000;

/**
 * Finds the VEX statements that are about the findings of some packages, and stores that. Run it in the transaction that
 * changes the findings.
 */
export async function applyVexToPackages(
  transaction: Kysely<Database>,
  packageIds: readonly number[],
): Promise<void> {
  if (packageIds.length === 0 || !(await hasStatements(transaction))) return;
  for (let after = 0; ;) {
    const findings = await readFindings(transaction, sql`package_id = any(${packageIds}::integer[])`, after);
    await applyVex(transaction, findings);
    const last = findings.at(-1);
    if (!last || findings.length < chunkFindings) return;
    after = last.id;
  }
}

/**
 * Finds the statements that are about the findings of some vulnerabilities, by whichever of their ids, and stores that.
 * @returns the packages that have one of these findings.
 */
export async function applyVexToVulnerabilities(
  db: Kysely<Database>,
  vulnerabilities: readonly string[],
  signal?: AbortSignal,
): Promise<number[]> {
  const { rows } = await sql<{ id: string }>`
    select unnest(${vulnerabilities}::text[]) as id
    union
    select member.id from alias as own join alias as member using (group_id)
    where own.id = any(${vulnerabilities}::text[])`.execute(db);
  const ids = rows.map(({ id }) => id);
  const packageIds = new Set<number>();
  for (let after = 0; ;) {
    signal?.throwIfAborted();
    const findings = await readFindings(db, sql`vulnerability = any(${ids}::text[])`, after);
    await db.transaction().execute((transaction) => applyVex(transaction, findings));
    for (const { pkg } of findings) packageIds.add(pkg.id);
    const last = findings.at(-1);
    if (!last || findings.length < chunkFindings) return [...packageIds];
    after = last.id;
  }
}

/** Whether any statement is known; where there is none, nothing has to be done. */
export async function hasStatements(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql`select from vex_statement limit 1`.execute(db);
  return rows.length > 0;
}

type FindingToJudge = { readonly id: number; readonly vulnerability: string; readonly pkg: PackageContext };

async function readFindings(
  db: Kysely<Database>,
  condition: ReturnType<typeof sql<unknown>>,
  after: number,
): Promise<FindingToJudge[]> {
  const rows = await db
    .selectFrom('finding')
    .innerJoin('package', 'package.id', 'finding.package_id')
    .selectAll('package')
    .select(['finding.id as finding_id', 'finding.vulnerability'])
    .where(sql<boolean>`${condition}`)
    .where('finding.id', '>', after)
    .orderBy('finding.id')
    .limit(chunkFindings)
    .execute();
  return rows.map(({ finding_id: id, vulnerability, source_name, source_version, ...pkg }) => ({
    id,
    vulnerability,
    pkg: { ...pkg, sourceName: source_name, sourceVersion: source_version },
  }));
}

type Statement = {
  readonly id: number;
  readonly org_id: string | null;
  readonly ids: readonly string[];
  readonly product: string;
  readonly component: string | null;
  readonly version_range: string | null;
  readonly status: string;
  readonly stated_at: string;
};

async function applyVex(db: Kysely<Database>, findings: readonly FindingToJudge[]): Promise<void> {
  if (findings.length === 0) return;
  const statements = await statementsAbout(db, findings);
  const applied = findings.flatMap(({ id, vulnerability, pkg }) =>
    (statements.get(vulnerability) ?? []).flatMap((statement) => {
      const { product, component, version_range: versions } = statement;
      const about = { product, component: component ?? undefined, versions: versions ?? undefined };
      const scope = vexScope(about, pkg);
      return scope ? [{ finding: id, statement, scope }] : [];
    }),
  );
  await sql`delete from finding_vex where finding_id = any(${findings.map(({ id }) => id)}::bigint[])`.execute(
    db,
  );
  if (applied.length === 0) return;
  const rows = applied.map(({ finding, statement, scope }) => ({
    finding_id: finding,
    statement: statement.id,
    org_id: statement.org_id,
    status: statement.status,
    is_suppressing: isSuppressing(statement.status, scope),
    stated_at: statement.stated_at,
    digest: scope.digest,
    repository: scope.repository,
    image_name: scope.imageName,
    tag: scope.tag,
  }));
  // A statement that is gone meanwhile is about nothing.
  await sql`
    insert into finding_vex
    select row.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row(finding_id bigint, statement bigint,
      org_id uuid, status text, is_suppressing boolean, stated_at timestamptz, digest text, repository text,
      image_name text, tag text)
    join vex_statement on vex_statement.id = row.statement
    order by finding_id, statement
    for key share of vex_statement
    on conflict do nothing`.execute(db);
}

/**
 * `fixed` without a version says that there is a fix, not that this is it: only of certain versions it means that they
 * are not affected.
 */
function isSuppressing(status: string, { isVersioned }: VexScope): boolean {
  return status === 'not_affected' || (status === 'fixed' && isVersioned);
}

/** The statements that may be about findings, by the vulnerability as the findings have it. */
async function statementsAbout(
  db: Kysely<Database>,
  findings: readonly FindingToJudge[],
): Promise<ReadonlyMap<string, Statement[]>> {
  const vulnerabilities = [...new Set(findings.map(({ vulnerability }) => vulnerability))];
  const { rows: members } = await sql<{ own: string; id: string }>`
    select own.id as own, member.id from alias as own join alias as member using (group_id)
    where own.id = any(${vulnerabilities}::text[])`.execute(db);
  const ids = new Set([...vulnerabilities, ...members.map(({ id }) => id)]);
  const { rows } = await sql<Statement>`
    select statement.id, document.org_id, array[statement.vulnerability] || statement.aliases as ids,
      statement.product, statement.component, statement.version_range, statement.status,
      coalesce(statement.stated_at, document.issued_at, document.imported_at)::text as stated_at
    from vex_statement as statement join vex_document as document on document.id = statement.document
    where (statement.vulnerability = any(${[...ids]}::text[]) or statement.aliases && ${[...ids]}::text[])
      and (statement.package = any(${[...new Set(findings.flatMap(({ pkg }) => purlNames(pkg)))]}::text[])
        or statement.package like 'pkg:oci/%' or statement.package like 'pkg:docker/%')`.execute(db);
  const byId = new Map<string, Statement[]>();
  for (const row of rows) for (const id of row.ids) byId.set(id, [...(byId.get(id) ?? []), row]);
  const groups = Map.groupBy(members, ({ own }) => own);
  return new Map(
    vulnerabilities.map((vulnerability) => {
      const own = [vulnerability, ...(groups.get(vulnerability) ?? []).map(({ id }) => id)];
      return [vulnerability, [...new Set(own.flatMap((id) => byId.get(id) ?? []))]];
    }),
  );
}
