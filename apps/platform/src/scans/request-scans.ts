import { imageName } from '@plimsoll/policy';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { knownImages } from '../inventories/inventory-store.ts';
import {
  attachKnown,
  awaitScans,
  putProjects,
  type ProjectImage,
  type ProjectOwner,
} from '../projects/project-writes.ts';
import { holdUnfinishedScans, insertScans, type ScanTarget } from './scan-store.ts';

/** Sets the locks of requests apart from other advisory locks of the database. */
const requestLock = 7_340_002;

export type ScanOwner = ProjectOwner & {
  /** Null for an import by hand. */
  readonly syncRunId: string | null;
};

/** What a request came to. */
export type RequestedScans = {
  /** The project of each image, in no order. */
  readonly projects: readonly { readonly id: string; readonly repository: string; readonly tag: string }[];
  /** Images that were read before and that projects show from now on. */
  readonly imageIds: readonly number[];
  /** How many scans were added. */
  readonly scans: number;
};

/**
 * Makes the projects of these images, shows what is known of them, and asks for scans of the rest: a digest is read
 * once, however many tags and repositories it has. Images are distinct by repository and tag. Run it in a transaction.
 */
export async function requestScans(
  db: Kysely<Database>,
  owner: ScanOwner,
  images: readonly ProjectImage[],
): Promise<RequestedScans> {
  // One request of an integration at a time: two that do not see each other would read a digest twice.
  await sql`select pg_advisory_xact_lock(hashtextextended(${owner.integrationId}, ${requestLock}))`.execute(
    db,
  );
  // Scans are held before projects, in the order in which a scan that ends takes them; and before known images are
  // looked up, so that a scan that ends meanwhile is seen either here or there.
  const references = images.map((image) => targetOf(image).reference);
  const unfinished = await holdUnfinishedScans(db, owner.integrationId, references);
  const projects = await putProjects(db, owner, images);
  const projectIds = new Map(projects.map((project) => [imageName(project), project.id]));

  const known = await findKnown(db, owner.orgId, images);
  const shown = images.flatMap((image) => {
    const projectId = projectIds.get(imageName(image));
    const knownImage = known.get(workKey(targetOf(image)));
    return projectId !== undefined && knownImage ? [{ projectId, ...knownImage }] : [];
  });
  await attachKnown(db, shown);

  const rest = images.filter((image) => !known.has(workKey(targetOf(image))));
  const scanIds = new Map(unfinished.map((scan) => [workKey(scan), scan.id]));
  const added = await addMissing(db, owner, rest.map(targetOf), scanIds);
  await awaitScans(
    db,
    rest.flatMap((image) => {
      const projectId = projectIds.get(imageName(image));
      const scanId = scanIds.get(workKey(targetOf(image)));
      return projectId !== undefined && scanId !== undefined ? [{ projectId, scanId }] : [];
    }),
  );
  return { projects, imageIds: [...new Set(shown.map(({ imageId }) => imageId))], scans: added };
}

/** Finds images of the same digests that were read before, by the key of the work that this spares. */
async function findKnown(db: Kysely<Database>, orgId: string, images: readonly ProjectImage[]) {
  const known = new Map<string, { imageId: number; scannedAt: Date }>();
  for (const platform of new Set(images.map((image) => image.platform))) {
    const digests = images.flatMap((image) => (image.platform === platform ? (image.digest ?? []) : []));
    for (const [reference, image] of await knownImages(db, orgId, platform, digests)) {
      known.set(workKey({ repository: '', reference, platform }), image);
    }
  }
  return known;
}

/** Adds the scans that are not under way, and notes the ids of all in `scanIds`. */
async function addMissing(
  db: Kysely<Database>,
  owner: ScanOwner,
  targets: readonly ScanTarget[],
  scanIds: Map<string, string>,
): Promise<number> {
  const missing = new Map(
    targets.filter((target) => !scanIds.has(workKey(target))).map((target) => [workKey(target), target]),
  );
  const added = await insertScans(db, owner, [...missing.values()]);
  for (const scan of added) scanIds.set(workKey(scan), scan.id);
  if (added.length < missing.size) {
    // Somebody else has asked for the same meanwhile and has committed since.
    const references = [...missing.values()].map((target) => target.reference);
    for (const scan of await holdUnfinishedScans(db, owner.integrationId, references)) {
      scanIds.set(workKey(scan), scan.id);
    }
  }
  return added.length;
}

function targetOf({ repository, tag, digest, platform }: ProjectImage): ScanTarget {
  return { repository, reference: digest ?? tag, platform };
}

/** Digests mean the same in every repository, tags only in their own. */
function workKey({ repository, reference, platform }: ScanTarget): string {
  return JSON.stringify([reference.startsWith('sha256:') ? '' : repository, reference, platform]);
}
