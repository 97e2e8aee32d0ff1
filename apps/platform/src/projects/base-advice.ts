import type { FixAdvice } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { baseImages } from '../inventories/index.ts';
import { readUntriaged } from './issue-counts.ts';
import { PackageCounts } from './package-counts.ts';
import { rankBases, type BaseCandidate } from './rank-bases.ts';

/** Images of a repository that are looked at, the newest first. */
const maxCandidates = 500;

/**
 * Advises a newer image to build from, out of those that the organization has scanned itself: of the repository that the
 * image's base is in, for the same platform, with fewer issues. Nothing when no scanned image is known as the base.
 */
export async function baseAdvice(
  db: Kysely<Database>,
  orgId: string,
  imageId: number,
): Promise<FixAdvice['attributes']['base_image']> {
  const base = (await baseImages(db, [imageId])).get(imageId);
  if (base?.imageId === undefined || base.imageDigest === undefined) return undefined;
  const names = await namesOf(db, orgId, base.imageId, base.name);
  const current = await currentBase(db, base.imageId);
  const options = rankBases(
    {
      digest: base.imageDigest,
      tags: names.map(({ tag }) => tag),
      counts: current.counts,
      pushedAt: current.pushedAt,
    },
    await candidates(db, orgId, current.platform, [...new Set(names.map(({ repository }) => repository))]),
  );
  return {
    digest: base.imageDigest,
    names: names.map(({ repository, tag }) => `${repository}:${tag}`),
    issue_counts: current.counts,
    options: options.map(({ projectId, name, digest, pushedAt, counts, distance }) => ({
      project_id: projectId,
      name,
      digest,
      distance,
      ...(pushedAt && { pushed_at: pushedAt.toISOString() }),
      issue_counts: counts,
    })),
  };
}

type Name = { readonly repository: string; readonly tag: string };

/** By which names the image is known now or was when it was scanned, and by what the image built from it says. */
async function namesOf(
  db: Kysely<Database>,
  orgId: string,
  baseId: number,
  said: string | undefined,
): Promise<Name[]> {
  const { rows } = await sql<Name>`
    select repository, tag from project where org_id = ${orgId} and image_id = ${baseId}
    union
    select repository, reference from scan
    where org_id = ${orgId} and image_id = ${baseId} and reference not like 'sha256:%'
    order by 1, 2`.execute(db);
  // The registry's host is no part of the names that projects have.
  const [, repository, tag] = /^(?:[^/]*[.:][^/]*\/)?([^:@]+):([\w.-]+)/.exec(said ?? '') ?? [];
  const isKnown = rows.some((row) => row.repository === repository && row.tag === tag);
  return repository === undefined || tag === undefined || isKnown ? rows : [...rows, { repository, tag }];
}

async function currentBase(db: Kysely<Database>, imageId: number) {
  const row = await db
    .selectFrom('image')
    .select(['platform', 'package_ids', 'image_created_at'])
    .where('id', '=', imageId)
    .executeTakeFirstOrThrow();
  const [counted] = await new PackageCounts(db).ofImages([{ packageIds: row.package_ids }]);
  const pushed = await db
    .selectFrom('project')
    .select((eb) => eb.fn.max('pushed_at').as('at'))
    .where('image_id', '=', imageId)
    .executeTakeFirst();
  const created = row.image_created_at === null ? Number.NaN : Date.parse(row.image_created_at);
  return {
    platform: row.platform,
    counts: readUntriaged({ issue_counts: counted, issue_ignored: null, issue_counts_at: null }),
    pushedAt: pushed?.at ?? (Number.isNaN(created) ? undefined : new Date(created)),
  };
}

async function candidates(
  db: Kysely<Database>,
  orgId: string,
  platform: string,
  repositories: readonly string[],
): Promise<BaseCandidate[]> {
  const rows = await db
    .selectFrom('project')
    .innerJoin('image', 'image.id', 'project.image_id')
    .select(['project.id', 'repository', 'tag', 'image.digest', 'pushed_at'])
    .select(['issue_counts', 'issue_ignored', 'issue_counts_at'])
    .where('project.org_id', '=', orgId)
    .where(sql<boolean>`repository = any(${repositories}::text[])`)
    .where('image.platform', '=', platform)
    .where('issue_counts_at', 'is not', null)
    .orderBy(sql`pushed_at desc nulls last`)
    .orderBy('project.id')
    .limit(maxCandidates)
    .execute();
  return rows.map((row) => ({
    projectId: row.id,
    name: `${row.repository}:${row.tag}`,
    tag: row.tag,
    digest: row.digest,
    pushedAt: row.pushed_at ?? undefined,
    counts: readUntriaged(row),
  }));
}
