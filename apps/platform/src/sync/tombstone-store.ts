import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

type Image = { readonly repository: string; readonly tag: string };

/** Notes that a person deleted the projects of these images: no sync imports them again. */
export async function putTombstones(
  db: Kysely<Database>,
  integrationId: string,
  images: readonly Image[],
): Promise<void> {
  await sql`
    insert into tombstone (integration_id, repository, tag)
    select ${integrationId}::uuid, repository, tag from unnest(
      ${images.map((image) => image.repository)}::text[], ${images.map((image) => image.tag)}::text[]
    ) as image(repository, tag)
    on conflict do nothing`.execute(db);
}

/** Forgets that a person deleted the project of this image. */
export async function clearTombstone(
  db: Kysely<Database>,
  integrationId: string,
  { repository, tag }: Image,
): Promise<void> {
  await db
    .deleteFrom('tombstone')
    .where('integration_id', '=', integrationId)
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .execute();
}

/** Whether a person deleted the project of this image. */
export async function isTombstoned(
  db: Kysely<Database>,
  integrationId: string,
  { repository, tag }: Image,
): Promise<boolean> {
  const row = await db
    .selectFrom('tombstone')
    .select('tag')
    .where('integration_id', '=', integrationId)
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .executeTakeFirst();
  return row !== undefined;
}

/** The tags of these repositories that a person does not want, by repository. */
export async function tombstonedTags(
  db: Kysely<Database>,
  integrationId: string,
  repositories: readonly string[],
): Promise<Map<string, Set<string>>> {
  const rows = await db
    .selectFrom('tombstone')
    .select(['repository', 'tag'])
    .where('integration_id', '=', integrationId)
    .where(sql<boolean>`repository = any(${repositories})`)
    .execute();
  const groups = Map.groupBy(rows, ({ repository }) => repository);
  return new Map([...groups].map(([repository, tags]) => [repository, new Set(tags.map(({ tag }) => tag))]));
}
