import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../../apps/platform/src/database/schema.ts';

/** An integration with a finished run, for measures that write the rest themselves. */
export type BenchRegistry = {
  readonly orgId: string;
  readonly integrationId: string;
  readonly runId: string;
};

/** Makes an organization with an integration and a run. */
export async function makeIntegration(db: Kysely<Database>): Promise<BenchRegistry> {
  const { id: orgId } = await db
    .insertInto('organization')
    .values({ name: 'Bench', slug: randomUUID() })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { id: integrationId } = await db
    .insertInto('integration')
    .values({ org_id: orgId, type: 'oci', profile_name: 'Bench' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { id: runId } = await db
    .insertInto('sync_run')
    .values({ integration_id: integrationId, finished_at: null, listing_complete: null, error_message: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { orgId, integrationId, runId };
}

/** The tag of a number: a tenth are `prod-`, a third of the rest nightlies, the others versions. */
const tagOf = sql.raw(`case when unit % 10 = 0 then 'prod-' || unit when unit % 3 = 0 then 'nightly-' || unit
  else 'v1.' || unit % 40 || '.' || unit end`);

/** Writes what a run would have observed in a registry of so many tags, repository by repository. */
export async function makeObservations(
  db: Kysely<Database>,
  { integrationId, runId }: BenchRegistry,
  { tags, repositories }: { readonly tags: number; readonly repositories: number },
): Promise<void> {
  await sql`
    insert into sync_repository (integration_id, repository, seen_run_id, listed_run_id)
    select ${integrationId}::uuid, 'team-' || unit % 50 || '/service-' || unit, ${runId}::uuid, ${runId}::uuid
    from generate_series(0, ${repositories - 1}::int) as unit`.execute(db);
  await sql`
    insert into observation (integration_id, repository, tag, digest, pushed_at, pushed_at_kind, first_seen_at, last_run_id)
    select ${integrationId}::uuid, 'team-' || repository % 50 || '/service-' || repository, ${tagOf},
      'sha256:' || md5(repository || ' ' || unit) || md5(unit::text), now() - random() * interval '900 days', 'tag',
      now(), ${runId}::uuid
    from generate_series(0, ${repositories - 1}::int) as repository,
      generate_series(0, ${tags / repositories - 1}::int) as unit
    order by repository, md5(unit::text)`.execute(db);
}

/** Makes projects of every tenth observation, as runs before would have. */
export async function makeProjects(
  db: Kysely<Database>,
  { orgId, integrationId }: BenchRegistry,
): Promise<void> {
  await sql`
    insert into target (org_id, integration_id, name)
    select distinct ${orgId}::uuid, ${integrationId}::uuid, repository from observation
    where integration_id = ${integrationId} and tag like 'prod-%'`.execute(db);
  await sql`
    insert into project (org_id, integration_id, target_id, repository, tag, source, digest, platform, scan_status)
    select ${orgId}::uuid, ${integrationId}::uuid, target.id, repository, tag, 'sync', digest, 'linux/amd64', 'scanned'
    from observation join target on target.integration_id = observation.integration_id and target.name = repository
    where observation.integration_id = ${integrationId} and tag like 'prod-%'`.execute(db);
}
