import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import {
  addIgnore,
  awaitCounters,
  changeIgnore,
  removeIgnores,
  type IgnoreRow,
  type NewIgnore,
} from './ignore-store.ts';
import type { TriageDeps } from './triage-deps.ts';

/** Adds a rule, and has the counters that it concerns refreshed. @returns its id. */
export async function ignore(deps: TriageDeps, rule: NewIgnore): Promise<string> {
  const [id = ''] = await replaceIgnores(deps, [], [rule]);
  return id;
}

/** Takes rules back, and puts others in their place. @returns the ids of the new ones. */
export async function replaceIgnores(
  deps: TriageDeps,
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
    await requestRecounts(deps, transaction, await rowsOf(transaction, added));
    return added;
  });
  for (const row of gone) await recountNow(deps, row);
  for (const { orgId, place } of rules) if (place?.tag !== undefined) await deps.recountProject(orgId, place);
  return ids;
}

/** Changes a rule, and has the counters that it concerns refreshed. */
export async function changeRule(
  deps: TriageDeps,
  row: IgnoreRow,
  change: Parameters<typeof changeIgnore>[3],
): Promise<void> {
  await deps.db.transaction().execute(async (transaction) => {
    await awaitCounters(transaction);
    await changeIgnore(transaction, row.org_id, row.id, change);
    await requestRecounts(deps, transaction, [row]);
  });
  await recountNow(deps, row);
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

async function rowsOf(db: Kysely<Database>, ids: readonly string[]): Promise<Ruled[]> {
  return await db
    .selectFrom('ignore_rule')
    .select(['id', 'org_id', 'integration_id', 'repository', 'tag'])
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .execute();
}
