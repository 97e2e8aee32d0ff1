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

/** Whose image it is, and the baseline of the policy there. */
type Place = { readonly integrationId: string; readonly baselineAt: Date | null };

/**
 * Notes a push. A digest that is new under its tag is seen for the first time. The repository need not be known. Run it outside of a transaction: runs lock these rows in
 * another order.
 */
export async function putPushedImage(
  db: Kysely<Database>,
  { integrationId, baselineAt }: Place,
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

/** One image as a policy with this baseline sees it now; undefined when it has gone meanwhile. */
export async function knownCandidate(
  db: Kysely<Database>,
  place: Place,
  { repository, tag }: { readonly repository: string; readonly tag: string },
): Promise<Candidate | undefined> {
  const row = await selectCandidates(db, place, repository).where('tag', '=', tag).executeTakeFirst();
  return row && candidateOf(row);
}

/** Images of a repository that are read at first: to read 200,000 would stop everything else for a second. */
const newestImages = 5_000;

/**
 * The images of its repository among which an image has its rank: all of them, or where there are very many only the
 * newest, as long as the image is newer than the others.
 */
export async function knownRivals(
  db: Kysely<Database>,
  place: Place,
  pushed: Candidate,
  newest = newestImages,
): Promise<Candidate[]> {
  const query = selectCandidates(db, place, pushed.repository);
  const byTime = query.orderBy(sql`coalesce(pushed_at, first_seen_at)`, 'desc');
  const rows = (await byTime.limit(newest).execute()).map(candidateOf);
  const oldest = rows.at(-1);
  if (rows.length < newest || !oldest || timeOf(pushed) > timeOf(oldest)) return rows;
  return (await query.execute()).map(candidateOf);
}

function timeOf({ pushedAt, firstSeenAt }: Candidate): Date {
  return pushedAt ?? firstSeenAt;
}

/** What was not listed since the baseline belongs to it unless it was pushed or told since. */
function selectCandidates(db: Kysely<Database>, { integrationId, baselineAt }: Place, repository: string) {
  return db
    .selectFrom('observation')
    .innerJoin('sync_repository as known', (join) =>
      join
        .onRef('known.integration_id', '=', 'observation.integration_id')
        .onRef('known.repository', '=', 'observation.repository'),
    )
    .select(['observation.repository', 'tag', 'digest', 'pushed_at', 'first_seen_at', 'in_first_listing'])
    .select(
      sql<boolean>`coalesce(observation.baseline_at = ${baselineAt}::timestamptz, false)
        or (known.baseline_at is distinct from ${baselineAt}::timestamptz
          and coalesce(pushed_at <= ${baselineAt}::timestamptz, ${baselineAt}::timestamptz is not null)
          and (told_at >= ${baselineAt}::timestamptz) is not true)`.as('in_baseline'),
    )
    .where('observation.integration_id', '=', integrationId)
    .where('observation.repository', '=', repository);
}

type CandidateRow = Awaited<ReturnType<ReturnType<typeof selectCandidates>['execute']>>[number];

function candidateOf(row: CandidateRow): Candidate {
  return {
    repository: row.repository,
    tag: row.tag,
    firstSeenAt: row.first_seen_at,
    inFirstListing: row.in_first_listing,
    inBaseline: row.in_baseline,
    ...(row.digest !== null && { digest: row.digest }),
    ...(row.pushed_at !== null && { pushedAt: row.pushed_at }),
  };
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
