import { priorityFacts, priorityOf, type Finding } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import { exploitationOf, readExploitation } from '../advisories/index.ts';
import type { Database } from '../database/schema.ts';

/** Findings per statement. */
const chunkFindings = 5_000;

/** Holds those who write findings by older scores apart from those who write by newer; the number is ours alone. */
const scoresLock = 7_340_004;

/** Adds the priorities of packages' findings, by the scores as they are until the transaction ends. */
export async function withPriorities<T extends { readonly findings: readonly Finding[] }>(
  transaction: Kysely<Database>,
  packages: readonly T[],
): Promise<(T & { readonly priorities: number[] })[]> {
  await sql`select pg_advisory_xact_lock_shared(${sql.lit(scoresLock)})`.execute(transaction);
  const priorityOf = await priorityBy(
    transaction,
    packages.flatMap(({ findings }) => findings),
  );
  return packages.map((one) => ({ ...one, priorities: one.findings.map(priorityOf) }));
}

/**
 * Brings the priorities of all findings up to date after EPSS or the catalogue of exploited vulnerabilities changed.
 * @returns how many findings have another priority than before.
 */
export async function prioritize(db: Kysely<Database>, signal?: AbortSignal): Promise<number> {
  await awaitFindings(db);
  let changed = 0;
  for (let after = 0; ;) {
    signal?.throwIfAborted();
    const rows = await db
      .selectFrom('finding')
      .select(['id', 'detail', 'priority'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(chunkFindings)
      .execute();
    const last = rows.at(-1);
    if (!last) return changed;
    after = last.id;
    // Written by us from this type.
    const findings = rows.map((row) => ({ ...row, detail: row.detail as Finding }));
    const now = await priorityBy(
      db,
      findings.map(({ detail }) => detail),
    );
    const different = findings
      .map(({ id, detail, priority }) => ({ id, before: priority, priority: now(detail) }))
      .filter(({ before, priority }) => before !== priority);
    changed += different.length;
    await putPriorities(db, different);
  }
}

/** Waits until whoever matched by what was known before now has written his findings. */
export async function awaitFindings(db: Kysely<Database>): Promise<void> {
  await db
    .transaction()
    .execute((transaction) => sql`select pg_advisory_xact_lock(${sql.lit(scoresLock)})`.execute(transaction));
}

/** Gets ready to tell the priorities of these findings. */
async function priorityBy(
  db: Kysely<Database>,
  findings: readonly Finding[],
): Promise<(finding: Finding) => number> {
  const idsOf = ({ problems }: Finding) => problems.map(({ id }) => id);
  const known = await readExploitation(db, findings.flatMap(idsOf));
  return (finding) => priorityOf(priorityFacts(finding, exploitationOf(known, idsOf(finding))));
}

async function putPriorities(
  db: Kysely<Database>,
  changed: readonly { readonly id: number; readonly priority: number }[],
): Promise<void> {
  if (changed.length === 0) return;
  await sql`
    update finding set priority = given.priority
    from unnest(
      ${changed.map(({ id }) => id)}::bigint[], ${changed.map(({ priority }) => priority)}::smallint[]
    ) as given(id, priority)
    where finding.id = given.id`.execute(db);
}
