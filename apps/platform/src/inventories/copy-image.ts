import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/**
 * Makes an image known in another organization, as it was read; what is known there of the same digest stays. Run it in a
 * transaction.
 * @returns the image's id there.
 */
export async function copyImage(db: Kysely<Database>, imageId: number, orgId: string): Promise<number> {
  const { rows: columns } = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = 'image'::regclass and attnum > 0 and not attisdropped and attname not in ('id', 'org_id')`.execute(
    db,
  );
  const names = sql.join(columns.map(({ name }) => sql.ref(name)));
  const { rows } = await sql<{ id: number }>`
    with copied as (
      insert into image (org_id, ${names}) select ${orgId}::uuid, ${names} from image where id = ${imageId}
      on conflict (org_id, digest, platform) do nothing
      returning id
    )
    select id from copied
    union all
    select there.id from image there join image here using (digest, platform)
    where here.id = ${imageId} and there.org_id = ${orgId}
    limit 1`.execute(db);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error(`Image ${imageId} was gone at once`);
  await sql`
    insert into image_reference (org_id, digest, platform, image_id)
    select ${orgId}::uuid, digest, platform, ${id} from image_reference where image_id = ${imageId}
    on conflict do nothing`.execute(db);
  return id;
}
