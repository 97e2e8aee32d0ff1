import type { Candidate } from '@plimsoll/policy';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** A tag as a run has just seen it. */
export type ObservedTag = {
  readonly tag: string;
  readonly digest: string | undefined;
  readonly pushedAt: Date | undefined;
  readonly pushedAtKind: string;
};

/** Which run looks, at which integration. */
export type Observer = {
  readonly integrationId: string;
  readonly runId: string;
  /** All that a run sees for the first time is seen at this time, so that no order of listing makes one tag newer. */
  readonly startedAt: Date;
  /** The baseline of the policy when the run began after it; null when there is none to look for. */
  readonly baselineAt: Date | null;
};

/** Stands for the run that saw what no run has seen yet, but a push event told of. */
export const noRun = '00000000-0000-0000-0000-000000000000';

/** A registry that tells of a push may list it only so much later, milliseconds. */
const listingDelayMs = 10 * 60_000;

/** A run that began then lists for certain what push events told of before this time, as far as it is still there. */
export function surelyListedAfter(startedAt: Date): Date {
  return new Date(startedAt.getTime() - listingDelayMs);
}

/**
 * Notes that these repositories are in the registry. What a complete catalogue did not hold, neither the
 * first one nor the first since the baseline, is new with all its tags.
 */
export async function putRepositories(
  db: Kysely<Database>,
  {
    integrationId,
    runId,
    baselineAt,
  }: Pick<Observer, 'integrationId' | 'baselineAt'> & {
    /** Null when no run but a push event tells of them. */
    readonly runId: string | null;
  },
  repositories: readonly string[],
): Promise<void> {
  await sql`
    with earlier as (
      select count(*) > 0 as any_catalogue,
        coalesce(bool_or(started_at >= ${baselineAt}::timestamptz), false) as since_baseline
      from sync_run
      where integration_id = ${integrationId} and id is distinct from ${runId}::uuid and catalogued_at is not null)
    insert into sync_repository (integration_id, repository, seen_run_id, is_first, baseline_at)
    select distinct ${integrationId}::uuid, repository, ${runId ?? noRun}::uuid, not earlier.any_catalogue,
      case when earlier.since_baseline then ${baselineAt}::timestamptz end
    from unnest(${repositories}::text[]) as repository, earlier
    on conflict (integration_id, repository) do update
      set seen_run_id = coalesce(${runId}::uuid, sync_repository.seen_run_id), missed_run_id = null`.execute(
    db,
  );
}

/** Repositories of the catalogue whose tags the run has still to list. */
export async function unlistedRepositories(
  db: Kysely<Database>,
  { integrationId, runId }: Observer,
): Promise<string[]> {
  const rows = await db
    .selectFrom('sync_repository')
    .select('repository')
    .where('integration_id', '=', integrationId)
    .where('seen_run_id', '=', runId)
    .where(sql<boolean>`listed_run_id is distinct from ${runId}`)
    .orderBy('repository')
    .execute();
  return rows.map((row) => row.repository);
}

/**
 * Notes tags of a repository. When a tag points at another digest than before, it is seen for the first time. Push times
 * that only a push event told stay.
 */
export async function putObservations(
  db: Kysely<Database>,
  observer: Observer,
  repository: string,
  tags: readonly ObservedTag[],
): Promise<void> {
  await insertion(observer, repository, distinct(tags)).execute(db);
}

/**
 * Notes the last tags of a repository, and that all are listed; forgets those that are gone, and the error if an earlier
 * pass of the run could not list it. What a push event told of since, or shortly before, may not have been in the listing
 * yet. One statement, since a registry may have many thousands of small repositories.
 */
export async function putLastObservations(
  db: Kysely<Database>,
  observer: Observer,
  repository: string,
  tags: readonly ObservedTag[],
): Promise<void> {
  const { integrationId, runId, startedAt, baselineAt } = observer;
  const last = distinct(tags);
  await sql`
    with put as (${insertion(observer, repository, last)}),
    gone as (
      delete from observation
      where integration_id = ${integrationId} and repository = ${repository} and last_run_id <> ${runId}
        and tag <> all(${last.map(({ tag }) => tag)}::text[])
        and (told_at >= ${surelyListedAfter(startedAt)}) is not true),
    healed as (
      update sync_run set repository_errors = repository_errors - ${repository}::text
      where id = ${runId} and repository_errors ? ${repository}::text)
    update sync_repository set listed_run_id = ${runId},
      baseline_at = coalesce(${baselineAt}::timestamptz, baseline_at)
    where integration_id = ${integrationId} and repository = ${repository}`.execute(db);
}

/** A listing that changes under our hands may tell a tag twice. */
function distinct(tags: readonly ObservedTag[]): ObservedTag[] {
  return [...new Map(tags.map((tag) => [tag.tag, tag])).values()];
}

/**
 * The statement that notes tags. It does not wait for the disk: what a crash of the database takes with it is what the
 * run, too, does not know of then, and lists again.
 */
function insertion(
  { integrationId, runId, startedAt, baselineAt }: Observer,
  repository: string,
  tags: readonly ObservedTag[],
) {
  // What a push event told since the run began is newer than what the run has read.
  const isMoved = sql`((excluded.digest <> observation.digest) is true
        and (observation.told_at >= ${startedAt}::timestamptz) is not true)`;
  return sql`
    insert into observation (integration_id, repository, tag, digest, pushed_at, pushed_at_kind, first_seen_at,
      last_run_id, in_first_listing, baseline_at)
    select ${integrationId}::uuid, ${repository}, seen.tag, seen.digest, seen.pushed_at, seen.pushed_at_kind,
      ${startedAt}::timestamptz, ${runId}::uuid, known.is_first and known.listed_run_id is null,
      case when known.baseline_at is distinct from ${baselineAt}::timestamptz
        and (seen.pushed_at is null or seen.pushed_at <= ${baselineAt}::timestamptz)
        then ${baselineAt}::timestamptz end
    from unnest(
      ${tags.map((tag) => tag.tag)}::text[],
      ${tags.map((tag) => tag.digest ?? null)}::text[],
      ${tags.map((tag) => tag.pushedAt ?? null)}::timestamptz[],
      ${tags.map((tag) => tag.pushedAtKind)}::text[]
    ) as seen(tag, digest, pushed_at, pushed_at_kind)
    cross join (select set_config('synchronous_commit', 'off', true)) as hurry
    join sync_repository known on known.integration_id = ${integrationId} and known.repository = ${repository}
    on conflict (integration_id, repository, tag) do update set
      digest = case when ${isMoved} then excluded.digest
        else coalesce(observation.digest, excluded.digest) end,
      pushed_at = case when ${isMoved} then excluded.pushed_at
        when excluded.digest <> observation.digest then observation.pushed_at
        else coalesce(excluded.pushed_at, case when observation.told_at is not null then observation.pushed_at end)
        end,
      pushed_at_kind = excluded.pushed_at_kind,
      first_seen_at = case when ${isMoved} then excluded.first_seen_at else observation.first_seen_at end,
      in_first_listing = observation.in_first_listing and not ${isMoved},
      baseline_at = case
        when not ${isMoved} and observation.told_at >= ${baselineAt}::timestamptz then observation.baseline_at
        else coalesce(excluded.baseline_at, case when not ${isMoved} then observation.baseline_at end) end,
      last_run_id = excluded.last_run_id`;
}

/** Notes a complete catalogue, and what it does not hold. The second such catalogue makes those vanished ones. */
export async function markCatalogued(
  db: Kysely<Database>,
  { integrationId, runId }: Observer,
): Promise<void> {
  await db.updateTable('sync_run').set({ catalogued_at: new Date() }).where('id', '=', runId).execute();
  await sql`
    update sync_repository set missed_run_id = ${runId}
    where integration_id = ${integrationId} and seen_run_id <> ${runId} and missed_run_id is null`.execute(
    db,
  );
}

/** Repositories about whose tags the run knows everything: those it listed completely, and vanished ones. */
export async function completeRepositories(
  db: Kysely<Database>,
  { integrationId, runId }: Observer,
  isCatalogueComplete: boolean,
): Promise<Set<string>> {
  const { rows } = await sql<{ repository: string }>`
    select repository from sync_repository
    where integration_id = ${integrationId} and (
      listed_run_id = ${runId}
      or (${isCatalogueComplete} and seen_run_id <> ${runId} and missed_run_id <> ${runId}))`.execute(db);
  return new Set(rows.map((row) => row.repository));
}

/** Repositories with tags that a run has observed or with projects, and how many of both they have. */
export async function repositorySizes(
  db: Kysely<Database>,
  { integrationId, runId }: Pick<Observer, 'integrationId' | 'runId'>,
): Promise<{ repository: string; size: number }[]> {
  const { rows } = await sql<{ repository: string; size: number }>`
    select repository, sum(size)::integer as size from (
      select repository, count(*) as size from observation
      where integration_id = ${integrationId} and last_run_id = ${runId} group by repository
      union all
      select repository, count(*) from project where integration_id = ${integrationId} group by repository
    ) as part group by repository order by repository`.execute(db);
  return rows;
}

/** Tells which observations belong to a policy's baseline. A run that began before it has seen nothing since. */
export function isInBaseline(baselineAt: Date | null, startedAt: Date): (observedIn: Date | null) => boolean {
  if (baselineAt === null) return () => false;
  if (baselineAt > startedAt) return () => true;
  return (observedIn) => observedIn?.getTime() === baselineAt.getTime();
}

/** The tags of a repository as one row: a column is an array, which is read several times faster than rows are. */
type ObservedColumns = {
  repository: string;
  tags: string[];
  digests: (string | null)[];
  pushed: (number | null)[];
  first_seen: number[];
  first_listing: boolean[];
  baselines: (number | null)[];
};

/**
 * What a run has observed in these repositories, by repository. `isInBaseline`: what the baseline of an observation says
 * about the policy's one.
 */
export async function observedImages(
  db: Kysely<Database>,
  { integrationId, runId }: Pick<Observer, 'integrationId' | 'runId'>,
  repositories: readonly string[],
  isInBaseline: (baselineAt: Date | null) => boolean,
): Promise<Map<string, Candidate[]>> {
  const { rows } = await sql<ObservedColumns>`
    select repository, json_agg(tag) as tags, json_agg(digest) as digests,
      json_agg(date_part('epoch', pushed_at)) as pushed, json_agg(date_part('epoch', first_seen_at)) as first_seen,
      json_agg(in_first_listing) as first_listing, json_agg(date_part('epoch', baseline_at)) as baselines
    from observation
    where integration_id = ${integrationId} and repository = any(${repositories}) and last_run_id = ${runId}
    group by repository`.execute(db);
  return new Map(rows.map((row) => [row.repository, candidatesOf(row, isInBaseline)]));
}

function candidatesOf(
  { repository, tags, digests, pushed, first_seen, first_listing, baselines }: ObservedColumns,
  isInBaseline: (baselineAt: Date | null) => boolean,
): Candidate[] {
  // A run notes one time for all that it sees first.
  let seen: { readonly seconds: number | undefined; readonly at: Date } | undefined;
  return tags.map((tag, index) => {
    const seconds = first_seen[index];
    if (!seen || seen.seconds !== seconds) seen = { seconds, at: dateOf(seconds) ?? new Date(0) };
    const candidate: { -readonly [K in keyof Candidate]: Candidate[K] } = {
      repository,
      tag,
      firstSeenAt: seen.at,
      inFirstListing: first_listing[index] ?? false,
      inBaseline: isInBaseline(dateOf(baselines[index])),
    };
    const digest = digests[index];
    const pushedAt = dateOf(pushed[index]);
    if (digest != null) candidate.digest = digest;
    if (pushedAt !== null) candidate.pushedAt = pushedAt;
    return candidate;
  });
}

/** The time of so many seconds. The database's microseconds are exact in it; dates leave off what is below a millisecond. */
function dateOf(seconds: number | null | undefined): Date | null {
  return seconds == null ? null : new Date(Math.floor(Math.round(seconds * 1e6) / 1_000));
}

/** How many repositories a run has seen and how many tags it has observed so far. */
export async function countObserved(
  db: Kysely<Database>,
  { integrationId, runId }: Observer,
): Promise<{ repositories: number; tags: number }> {
  const { rows } = await sql<{ repositories: number; tags: number }>`
    select
      (select count(*) from sync_repository where integration_id = ${integrationId} and seen_run_id = ${runId})
        as repositories,
      (select count(*) from observation where integration_id = ${integrationId} and last_run_id = ${runId})
        as tags`.execute(db);
  return rows[0] ?? { repositories: 0, tags: 0 };
}
