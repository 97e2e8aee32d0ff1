import { ImportPolicy, scheduleHours } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** Runs of different integrations are spread by up to this much, minutes. */
const jitterMinutes = 5;

/** The policy that a sync run works by. */
export type ScheduledPolicy = {
  readonly orgId: string;
  readonly policy: ImportPolicy;
  /** When what is imported or pruned was changed last. */
  readonly rulesChangedAt: Date;
  /** Since when the policy has a part `ImportAllNew`; null when it has none. */
  readonly baselineAt: Date | null;
};

/** Integrations whose next sync run is due. */
export async function dueIntegrations(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('import_policy')
    .select('integration_id')
    .where('next_run_at', '<=', sql<Date>`now()`)
    .orderBy('next_run_at')
    .execute();
  return rows.map((row) => row.integration_id);
}

/** Reads the policy of an integration; undefined when it has none. */
export async function scheduledPolicy(
  db: Kysely<Database>,
  integrationId: string,
): Promise<ScheduledPolicy | undefined> {
  const row = await db
    .selectFrom('import_policy')
    .innerJoin('integration', 'integration.id', 'import_policy.integration_id')
    .select(['integration.org_id', 'policy', 'rules_changed_at', 'baseline_at'])
    .where('integration_id', '=', integrationId)
    .executeTakeFirst();
  return (
    row && {
      orgId: row.org_id,
      policy: ImportPolicy.parse(row.policy),
      rulesChangedAt: row.rules_changed_at,
      baselineAt: row.baseline_at,
    }
  );
}

/** Sets the next run to one period from now, as a run starts; runs that were missed meanwhile are not made up for. */
export async function scheduleNextRun(db: Kysely<Database>, integrationId: string): Promise<void> {
  await sql`
    update import_policy set next_run_at = now() + make_interval(
      hours => coalesce((policy->>'schedule_frequency_hours')::integer, ${scheduleHours.default}),
      secs => (random() * 2 - 1) * ${jitterMinutes * 60})
    where integration_id = ${integrationId}`.execute(db);
}
