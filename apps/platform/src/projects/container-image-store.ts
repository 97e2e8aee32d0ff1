import { sql, type Kysely } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';

export type ContainerImageFilter = {
  readonly digests?: readonly string[] | undefined;
  /** `repository:tag` of projects that show it. */
  readonly names?: readonly string[] | undefined;
  readonly platform?: string | undefined;
};

export type ContainerImageRow = Awaited<ReturnType<ReturnType<typeof images>['executeTakeFirstOrThrow']>>;

/** A page of the images of an organization that projects show, by digest. */
export async function listContainerImages(
  db: Kysely<Database>,
  orgId: string,
  { digests, names, platform }: ContainerImageFilter,
  position: PagePosition,
  limit: number,
): Promise<Slice<ContainerImageRow>> {
  let query = images(db, orgId);
  if (digests) query = query.where(sql<boolean>`image.digest = any(${digests}::text[])`);
  if (names) {
    query = query.where(sql<boolean>`exists (
      select from project where project.image_id = image.id
        and project.repository || ':' || project.tag = any(${names}::text[]))`);
  }
  if (platform !== undefined) query = query.where('image.platform', '=', platform);
  return await readSlice(query, ['image.digest', 'image.platform'], position, limit);
}

/** One of these images; of several platforms with one digest the first. */
export async function findContainerImage(
  db: Kysely<Database>,
  orgId: string,
  digest: string,
): Promise<ContainerImageRow | undefined> {
  return await images(db, orgId)
    .where('image.digest', '=', digest)
    .orderBy('image.platform')
    .executeTakeFirst();
}

/** The projects that show an image. */
export async function projectsOfImage(
  db: Kysely<Database>,
  orgId: string,
  imageId: number,
  position: PagePosition,
  limit: number,
) {
  const query = db
    .selectFrom('project')
    .select(['id', 'target_id', 'tag', 'platform', 'repository'])
    .where('org_id', '=', orgId)
    .where('image_id', '=', imageId);
  return await readSlice(query, ['repository', 'tag', 'id'], position, limit);
}

function images(db: Kysely<Database>, orgId: string) {
  return db
    .selectFrom('image')
    .select(['id', 'digest', 'platform', 'os_name', 'size_bytes', 'image_created_at', 'scanned_at'])
    .where('image.org_id', '=', orgId)
    .where(sql<boolean>`exists (select from project where project.image_id = image.id)`);
}
