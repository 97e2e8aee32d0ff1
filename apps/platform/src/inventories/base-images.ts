import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** What is known of the image that another one was built from. */
export type KnownBase = {
  /** What the image says itself, in its annotations or labels. */
  readonly name?: string;
  readonly digest?: string;
  /** The scanned image whose layers the image begins with, the longest one; and how many layers these are. */
  readonly imageId?: number;
  readonly imageDigest?: string;
  readonly layers?: number;
};

/**
 * Finds what images were built from: by what they say, and by the longest chain of layers that another scanned image of
 * the organization consists of. One look-up in an index per layer, whichever of the two was scanned first.
 */
export async function baseImages(
  db: Kysely<Database>,
  imageIds: readonly number[],
): Promise<Map<number, KnownBase>> {
  if (imageIds.length === 0) return new Map();
  const { rows } = await sql<{
    id: number;
    base_name: string | null;
    base_digest: string | null;
    found_id: number | null;
    found_digest: string | null;
    layers: number | null;
  }>`
    select image.id, image.base_name, image.base_digest, base.id as found_id, base.digest as found_digest, base.layers
    from image
    left join lateral (
      select id, digest, cardinality(base_chain_ids) + 1 as layers
      from image as base
      where base.org_id = image.org_id and base.chain_id = any(image.base_chain_ids)
      order by cardinality(base_chain_ids) desc, scanned_at, id
      limit 1
    ) as base on true
    where image.id = any(${imageIds}::int[]) and (image.base_name is not null or image.base_digest is not null or base.id is not null)`.execute(
    db,
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        ...(row.base_name !== null && { name: row.base_name }),
        ...(row.base_digest !== null && { digest: row.base_digest }),
        ...(row.found_id !== null && { imageId: row.found_id }),
        ...(row.found_digest !== null && { imageDigest: row.found_digest }),
        ...(row.layers !== null && { layers: row.layers }),
      },
    ]),
  );
}
