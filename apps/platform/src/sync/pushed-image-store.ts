import { imageName, type Candidate } from '@plimsoll/policy';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { noRun, putRepositories } from './observation-store.ts';

/** A tag that a push event told of, with the digest that the registry says it has. */
export type PushedImage = {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  /** When it was pushed, by the event; null when that told no time, or was about another digest. */
  readonly pushedAt: Date | null;
  /** When the event arrived: what stands for that time then. */
  readonly arrivedAt: Date;
  /** When the registry was asked for the digest. */
  readonly toldAt: Date;
};

/**
 * Notes a push. A digest that is new under its tag is seen for the first time. The repository need not be known. Run it outside of a transaction: runs lock these rows in
 * another order.
 */
export async function putPushedImage(
  db: Kysely<Database>,
  { integrationId, baselineAt }: { readonly integrationId: string; readonly baselineAt: Date | null },
  { repository, tag, digest, pushedAt, arrivedAt, toldAt }: PushedImage,
): Promise<void> {
  await putRepositories(db, { integrationId, runId: null, baselineAt }, [repository]);
  const isMoved = sql`(observation.digest <> excluded.digest) is true`;
  // Listed before the policy's baseline, but not since: what the first listing since then would say of it.
  const isOld = sql`(observation.first_seen_at < ${baselineAt}::timestamptz
        and (observation.pushed_at is null or observation.pushed_at <= ${baselineAt}::timestamptz))`;
  await sql`
    insert into observation (integration_id, repository, tag, digest, pushed_at, pushed_at_kind, first_seen_at,
      last_run_id, told_at)
    values (${integrationId}, ${repository}, ${tag}, ${digest}, coalesce(${pushedAt}::timestamptz, ${arrivedAt}), 'tag',
      ${toldAt}, ${noRun}, ${toldAt})
    on conflict (integration_id, repository, tag) do update set
      digest = excluded.digest,
      pushed_at = case when ${isMoved} then excluded.pushed_at
        else coalesce(greatest(observation.pushed_at, ${pushedAt}::timestamptz), excluded.pushed_at) end,
      first_seen_at = case when ${isMoved} then excluded.first_seen_at else observation.first_seen_at end,
      in_first_listing = observation.in_first_listing and not ${isMoved},
      baseline_at = case when ${isMoved} then null
        when ${isOld} then ${baselineAt}::timestamptz else observation.baseline_at end,
      told_at = greatest(observation.told_at, excluded.told_at)`.execute(db);
}

/**
 * The images of a repository as a policy with this baseline sees them now, or one of its tags only. What was not listed
 * since the baseline belongs to it unless it was pushed or told since.
 */
export async function knownCandidates(
  db: Kysely<Database>,
  { integrationId, baselineAt }: { readonly integrationId: string; readonly baselineAt: Date | null },
  { repository, tag }: { readonly repository: string; readonly tag?: string | undefined },
): Promise<Candidate[]> {
  const rows = await db
    .selectFrom('observation')
    .innerJoin('sync_repository as known', (join) =>
      join
        .onRef('known.integration_id', '=', 'observation.integration_id')
        .onRef('known.repository', '=', 'observation.repository'),
    )
    .select(['tag', 'digest', 'pushed_at', 'first_seen_at', 'in_first_listing'])
    .select(
      sql<boolean>`coalesce(observation.baseline_at = ${baselineAt}::timestamptz, false)
        or (known.baseline_at is distinct from ${baselineAt}::timestamptz
          and coalesce(pushed_at <= ${baselineAt}::timestamptz, ${baselineAt}::timestamptz is not null)
          and (told_at >= ${baselineAt}::timestamptz) is not true)`.as('in_baseline'),
    )
    .where('observation.integration_id', '=', integrationId)
    .where('observation.repository', '=', repository)
    .$if(tag !== undefined, (query) => query.where('tag', '=', tag ?? ''))
    .execute();
  return rows.map((row) => ({
    repository,
    tag: row.tag,
    firstSeenAt: row.first_seen_at,
    inFirstListing: row.in_first_listing,
    inBaseline: row.in_baseline,
    ...(row.digest !== null && { digest: row.digest }),
    ...(row.pushed_at !== null && { pushedAt: row.pushed_at }),
  }));
}

/** Images, as `repository:tag`, of which push events told at this time or later. */
export async function imagesToldSince(
  db: Kysely<Database>,
  integrationId: string,
  since: Date,
): Promise<Set<string>> {
  const rows = await db
    .selectFrom('observation')
    .select(['repository', 'tag'])
    .where('integration_id', '=', integrationId)
    .where('told_at', '>=', since)
    .execute();
  return new Set(rows.map(imageName));
}
