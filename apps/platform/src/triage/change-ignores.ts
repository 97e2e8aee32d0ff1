import type { FastifyRequest } from 'fastify';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { noteChange } from '../audit/index.ts';
import {
  addIgnore,
  awaitCounters,
  changeIgnore,
  readIgnores,
  removeIgnores,
  type IgnoreRow,
  type NewIgnore,
} from './ignore-store.ts';
import type { TriageDeps } from './triage-deps.ts';

/**
 * Takes rules back, puts others in their place, notes both in the audit log, and has the counters that they concern
 * refreshed. @returns the ids of the new ones.
 */
export async function replaceIgnores(
  deps: TriageDeps,
  request: FastifyRequest,
  gone: readonly IgnoreRow[],
  rules: readonly NewIgnore[],
): Promise<string[]> {
  const ids = await deps.db.transaction().execute(async (transaction) => {
    await awaitCounters(transaction);
    await requestRecounts(deps, transaction, gone);
    await removeIgnores(
      transaction,
      gone.map(({ id }) => id),
    );
    const added: string[] = [];
    for (const rule of rules) added.push(await addIgnore(transaction, rule));
    const rows = [...(await readIgnores(transaction, added)).values()];
    await requestRecounts(deps, transaction, rows);
    await note(transaction, request, gone, rows);
    return added;
  });
  for (const row of gone) await recountNow(deps, row);
  for (const { orgId, place } of rules) if (place?.tag !== undefined) await deps.recountProject(orgId, place);
  return ids;
}

/** Changes a rule, notes it in the audit log, and has the counters that it concerns refreshed. */
export async function changeRule(
  deps: TriageDeps,
  request: FastifyRequest,
  row: IgnoreRow,
  change: Parameters<typeof changeIgnore>[3],
): Promise<void> {
  await deps.db.transaction().execute(async (transaction) => {
    await awaitCounters(transaction);
    await changeIgnore(transaction, row.org_id, row.id, change);
    await requestRecounts(deps, transaction, [row]);
    await note(transaction, request, [row], [...(await readIgnores(transaction, [row.id])).values()]);
  });
  await recountNow(deps, row);
}

async function note(
  transaction: Kysely<Database>,
  request: FastifyRequest,
  before: readonly IgnoreRow[],
  after: readonly IgnoreRow[],
): Promise<void> {
  const rule = after[0] ?? before[0];
  if (!rule) return;
  await noteChange(transaction, request, {
    resource: { type: 'policy', id: rule.id, name: rule.vulnerability },
    ...(rule.project_id !== null && { projectId: rule.project_id }),
    ...(before.length > 0 && { before: notedAs(before) }),
    ...(after.length > 0 && { after: notedAs(after) }),
  });
}

/** One rule as it is; several as a list. */
function notedAs(rows: readonly IgnoreRow[]): object {
  const rules = rows.map((row) => ({
    vulnerability: row.vulnerability,
    package: row.package,
    repository: row.repository,
    tag: row.tag,
    kind: row.kind,
    reason: row.reason,
    expires_at: row.expires_at,
    until_fixed: row.until_fixed,
  }));
  return rules.length === 1 ? (rules[0] ?? {}) : { rules };
}

type Ruled = Pick<IgnoreRow, 'id' | 'org_id' | 'integration_id' | 'repository' | 'tag'>;

async function recountNow(deps: TriageDeps, row: Ruled): Promise<void> {
  const { integration_id: integrationId, repository, tag } = row;
  if (integrationId === null || repository === null || tag === null) return;
  await deps.recountProject(row.org_id, { integrationId, repository, tag });
}

async function requestRecounts(
  deps: TriageDeps,
  transaction: Kysely<Database>,
  rows: readonly Ruled[],
): Promise<void> {
  for (const row of rows) {
    const { rows: ids } = await sql<{ vulnerability: string }>`
      select vulnerability from ignored_vulnerability where rule_id = ${row.id}`.execute(transaction);
    const vulnerabilities = ids.map(({ vulnerability }) => vulnerability);
    const { integration_id: integrationId, repository } = row;
    await deps.requestRecount(
      {
        orgId: row.org_id,
        vulnerabilities,
        ...(integrationId !== null && repository !== null && { integrationId, repository }),
      },
      transaction,
    );
  }
}
