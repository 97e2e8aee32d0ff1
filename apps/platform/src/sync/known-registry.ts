import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** What the runs so far know of a repository. */
export type KnownRepository = {
  readonly repository: string;
  /** It was in the first complete catalogue, or before. */
  readonly isFirst: boolean;
  /** All its tags were listed once. */
  readonly isListed: boolean;
  /** The last complete catalogue did not hold it. */
  readonly isMissed: boolean;
  /** The baseline since which all its tags were listed once. */
  readonly baselineAt: Date | null;
};

/** What the runs so far know of a tag. */
export type KnownImage = {
  readonly digest: string | null;
  readonly firstSeenAt: Date;
  readonly inFirstListing: boolean;
  readonly baselineAt: Date | null;
  /** When a push event last told of it, and when it was pushed by that; null when none did. */
  readonly told: { readonly at: Date; readonly pushedAt: Date | null } | null;
};

/** What the runs so far know of a registry. */
export type KnownRegistry = {
  readonly repositories: ReadonlyMap<string, KnownRepository>;
  readonly isCatalogued: boolean;
  /** When the last run began that listed the whole catalogue. */
  readonly cataloguedSince: Date | null;
};

/** Reads what is known of a registry. */
export async function knownRegistry(db: Kysely<Database>, integrationId: string): Promise<KnownRegistry> {
  const repositories = await db
    .selectFrom('sync_repository')
    .select(['repository', 'is_first', 'listed_run_id', 'missed_run_id', 'baseline_at'])
    .where('integration_id', '=', integrationId)
    .execute();
  const catalogued = await db
    .selectFrom('sync_run')
    .select((select) => select.fn.max('started_at').as('at'))
    .where('integration_id', '=', integrationId)
    .where('catalogued_at', 'is not', null)
    .executeTakeFirst();
  const cataloguedSince: Date | null = catalogued?.at ?? null;
  return {
    repositories: new Map(
      repositories.map((row) => [
        row.repository,
        {
          repository: row.repository,
          isFirst: row.is_first,
          isListed: row.listed_run_id !== null,
          isMissed: row.missed_run_id !== null,
          baselineAt: row.baseline_at,
        },
      ]),
    ),
    isCatalogued: cataloguedSince !== null,
    cataloguedSince,
  };
}

/** Reads what is known of the tags of a repository, by tag. */
export async function knownImages(
  db: Kysely<Database>,
  integrationId: string,
  repository: string,
): Promise<Map<string, KnownImage>> {
  const rows = await db
    .selectFrom('observation')
    .select(['tag', 'digest', 'first_seen_at', 'in_first_listing', 'baseline_at', 'told_at', 'pushed_at'])
    .where('integration_id', '=', integrationId)
    .where('repository', '=', repository)
    .execute();
  return new Map(
    rows.map((row) => [
      row.tag,
      {
        digest: row.digest,
        firstSeenAt: row.first_seen_at,
        inFirstListing: row.in_first_listing,
        baselineAt: row.baseline_at,
        told: row.told_at && { at: row.told_at, pushedAt: row.pushed_at },
      },
    ]),
  );
}

/** When these images were seen first; absent for those that are not known any more. */
export async function firstSeenTimes(
  db: Kysely<Database>,
  integrationId: string,
  images: readonly { readonly repository: string; readonly tag: string }[],
): Promise<(Date | undefined)[]> {
  const { rows } = await sql<{ first_seen_at: Date | null }>`
    select observation.first_seen_at from unnest(
      ${images.map(({ repository }) => repository)}::text[], ${images.map(({ tag }) => tag)}::text[]
    ) with ordinality as image(repository, tag, place)
    left join observation on observation.integration_id = ${integrationId}
      and observation.repository = image.repository and observation.tag = image.tag
    order by place`.execute(db);
  return rows.map((row) => row.first_seen_at ?? undefined);
}
