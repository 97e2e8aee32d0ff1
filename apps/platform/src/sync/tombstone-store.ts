import { imageName } from '@plimsoll/policy';
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

/** The images of an integration that a person does not want, as `repository:tag`. */
export async function tombstoneNames(db: Kysely<Database>, integrationId: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('tombstone')
    .select(['repository', 'tag'])
    .where('integration_id', '=', integrationId)
    .execute();
  return new Set(rows.map(imageName));
}
