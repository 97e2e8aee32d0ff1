import { ImportPolicy, partsOf, type PolicyComponent } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { withNames } from './policy-names.ts';

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

/**
 * Sets the policy of an integration, in place of the one it may have. The baseline of `ImportAllNew` is set when that
 * becomes part of the policy, and stays as long as it is (platform-api.md A9).
 */
export async function putPolicy(
  db: Kysely<Database>,
  integrationId: string,
  policy: ImportPolicy,
  nextRunAt: Date,
): Promise<void> {
  const stored = JSON.stringify({ ...policy, import_policy: withNames(policy.import_policy) });
  // Times that JavaScript reads have milliseconds; this one is compared as it was read.
  const baseline = sql<Date | null>`case when ${hasImportAllNew(policy.import_policy)}
    then date_trunc('milliseconds', now()) end`;
  const rules = (policyColumn: string) => sql`${sql.ref(policyColumn)} - 'name' - 'schedule_frequency_hours'`;
  await db
    .insertInto('import_policy')
    .values({
      integration_id: integrationId,
      policy: stored,
      next_run_at: nextRunAt,
      baseline_at: baseline,
    })
    .onConflict((conflict) =>
      conflict.column('integration_id').doUpdateSet({
        policy: stored,
        next_run_at: nextRunAt,
        baseline_at: sql<Date | null>`case when excluded.baseline_at is not null
          then coalesce(import_policy.baseline_at, excluded.baseline_at) end`,
        rules_changed_at: sql<Date>`case when ${rules('import_policy.policy')} = ${rules('excluded.policy')}
          then import_policy.rules_changed_at else now() end`,
        updated_at: new Date(),
      }),
    )
    .execute();
}

function hasImportAllNew(component: PolicyComponent): boolean {
  return component.type === 'ImportAllNew' || partsOf(component).some(hasImportAllNew);
}

/** Removes the policy of an integration, and with it the schedule; true when there was one. */
export async function removePolicy(db: Kysely<Database>, integrationId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('import_policy')
    .where('integration_id', '=', integrationId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
