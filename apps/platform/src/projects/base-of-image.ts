import type { BaseImageFacts } from '@plimsoll/contracts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { baseImages } from '../inventories/index.ts';
import { namesByImage } from './project-store.ts';

/** Projects named for one base image. */
const maxNames = 10;

/** Tells what images were built from, by the id of each image; nothing for those of which nothing is known. */
export async function basesOfImages(
  db: Kysely<Database>,
  orgId: string,
  imageIds: readonly number[],
): Promise<Map<number, BaseImageFacts>> {
  const known = await baseImages(db, imageIds);
  const names = await namesByImage(
    db,
    orgId,
    [...known.values()].flatMap(({ imageId }) => imageId ?? []),
  );
  return new Map(
    [...known].map(([id, { name, digest, imageId, imageDigest, layers }]) => {
      const projects = (names.get(imageId ?? -1) ?? []).slice(0, maxNames);
      const isSaid = name !== undefined || digest !== undefined;
      const facts: BaseImageFacts = {
        ...(isSaid ? { ...(name !== undefined && { name }) } : { ...(projects[0] && { name: projects[0] }) }),
        ...(isSaid
          ? { ...(digest !== undefined && { digest }) }
          : { ...(imageDigest !== undefined && { digest: imageDigest }) }),
        found_by: isSaid ? 'annotations' : 'layers',
        ...(layers !== undefined && { layers }),
        projects,
      };
      return [id, facts];
    }),
  );
}
