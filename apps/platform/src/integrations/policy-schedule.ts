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
  /** Since when the sync rests; null when it works. */
  readonly pausedAt: Date | null;
};

/** Integrations whose next sync run is due; a resting one is not. */
export async function dueIntegrations(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('import_policy')
    .select('integration_id')
    .where('next_run_at', '<=', sql<Date>`now()`)
    .where('paused_at', 'is', null)
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
    .select(['integration.org_id', 'policy', 'rules_changed_at', 'baseline_at', 'paused_at'])
    .where('integration_id', '=', integrationId)
    .executeTakeFirst();
  return (
    row && {
      orgId: row.org_id,
      policy: ImportPolicy.parse(row.policy),
      rulesChangedAt: row.rules_changed_at,
      baselineAt: row.baseline_at,
      pausedAt: row.paused_at,
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

/** When the sync of an integration runs next and since when it rests; undefined when it has no policy. */
export async function scheduleOf(
  db: Kysely<Database>,
  integrationId: string,
): Promise<{ nextRunAt: Date; pausedAt: Date | null } | undefined> {
  const row = await db
    .selectFrom('import_policy')
    .select(['next_run_at', 'paused_at'])
    .where('integration_id', '=', integrationId)
    .executeTakeFirst();
  return row && { nextRunAt: row.next_run_at, pausedAt: row.paused_at };
}

/** Whether the sync of an integration rests. */
export async function isPaused(db: Kysely<Database>, integrationId: string): Promise<boolean> {
  return ((await scheduleOf(db, integrationId))?.pausedAt ?? null) !== null;
}

/** Has the sync of an integration rest or work. */
export async function setPaused(db: Kysely<Database>, integrationId: string, paused: boolean): Promise<void> {
  await db
    .updateTable('import_policy')
    .set({ paused_at: paused ? new Date() : null })
    .where('integration_id', '=', integrationId)
    .execute();
}

/** Integrations whose sync rests. */
export async function pausedIntegrations(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('import_policy')
    .select('integration_id')
    .where('paused_at', 'is not', null)
    .execute();
  return rows.map((row) => row.integration_id);
}
