import { ImportPolicy, type PolicyComponent } from '@plimsoll/contracts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** The import policy of an integration; undefined when it has none. */
export async function findPolicy(
  db: Kysely<Database>,
  integrationId: string,
): Promise<{ policy: ImportPolicy; nextRunAt: Date } | undefined> {
  const row = await db
    .selectFrom('import_policy')
    .select(['policy', 'next_run_at'])
    .where('integration_id', '=', integrationId)
    .executeTakeFirst();
  return row && { policy: ImportPolicy.parse(row.policy), nextRunAt: row.next_run_at };
}

/** When the next runs of these integrations are due, by integration; those without a policy are absent. */
export async function nextRuns(
  db: Kysely<Database>,
  integrationIds: readonly string[],
): Promise<Map<string, Date>> {
  if (integrationIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('import_policy')
    .select(['integration_id', 'next_run_at'])
    .where('integration_id', 'in', integrationIds)
    .execute();
  return new Map(rows.map((row) => [row.integration_id, row.next_run_at]));
}

/** Sets the policy of an integration, in place of the one it may have. */
export async function putPolicy(
  db: Kysely<Database>,
  integrationId: string,
  policy: ImportPolicy,
  nextRunAt: Date,
): Promise<void> {
  const values = { policy: JSON.stringify(withNames(policy)), next_run_at: nextRunAt };
  await db
    .insertInto('import_policy')
    .values({ integration_id: integrationId, ...values })
    .onConflict((conflict) =>
      conflict.column('integration_id').doUpdateSet({ ...values, updated_at: new Date() }),
    )
    .execute();
}

/** Removes the policy of an integration, and with it the schedule; true when there was one. */
export async function removePolicy(db: Kysely<Database>, integrationId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('import_policy')
    .where('integration_id', '=', integrationId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Every component has a name when it is shown: the one it was given, or else its type. */
function withNames(policy: ImportPolicy): ImportPolicy {
  const named = (component: PolicyComponent): PolicyComponent => ({
    ...component,
    name: component.name ?? component.type,
  });
  return { ...policy, import_policy: named(policy.import_policy) };
}
