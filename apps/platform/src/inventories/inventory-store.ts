import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Inventory, InventoryPackage } from '@plimsoll/contracts';
import { distroOf } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { layerColumns, packageLayers } from './image-layers.ts';
import { formerPackageRow, packageKey, packageRows, type PackageRow } from './package-row.ts';
import { putPackages } from './package-store.ts';
import { storable } from '../database/storable.ts';

/** Largest document that is read back, bytes; what is stored was bounded when it was received. */
const maxDocumentBytes = 512 * 1024 * 1024;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** An inventory as it was received, with what its packages are called in the database. */
export type StoredInventory = Omit<Inventory, 'packages'> & {
  readonly packages: readonly (InventoryPackage & { readonly packageId: number })[];
};

/** What an image is known by: the image of this platform that this digest leads to. */
export type ImageKey = { readonly digest: string; readonly platform: string };

/**
 * Stores the inventory of an image and makes the image known by the given keys. Run it in a transaction. Storing the
 * same image again replaces what was known.
 */
export async function putInventory(
  db: Kysely<Database>,
  orgId: string,
  inventory: Inventory,
  keys: readonly ImageKey[],
): Promise<{ imageId: number; packageIds: number[] }> {
  const distro = storable(distroOf(inventory.os));
  const rows = packageRows(inventory.packages, distro);
  const { packageIds, skipped, idOf } = await putPackages(db, rows);
  const warnings = inventory.warnings.map((warning) => storable(warning.message));
  if (skipped > 0) warnings.push(`${skipped} packages have names too long to be stored.`);

  const values = {
    os_name: inventory.os ? storable(inventory.os.prettyName ?? inventory.os.id) : null,
    distro,
    size_bytes: inventory.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0),
    image_created_at: inventory.config.created ? storable(inventory.config.created) : null,
    package_ids: packageIds,
    package_layers: packageLayers(inventory, packageIds, (index) => idOf(rows[index]!)),
    ...layerColumns(inventory),
    document: await compress(JSON.stringify(inventory)),
    warnings: JSON.stringify(warnings),
    analyzers: analyzersOf(inventory),
    scanned_at: new Date(),
  };
  const { id: imageId } = await db
    .insertInto('image')
    .values({ org_id: orgId, digest: inventory.digest, platform: inventory.platform, ...values })
    .onConflict((conflict) => conflict.columns(['org_id', 'digest', 'platform']).doUpdateSet(values))
    .returning('id')
    .executeTakeFirstOrThrow();
  await putReferences(db, orgId, imageId, [
    { digest: inventory.digest, platform: inventory.platform },
    ...keys,
  ]);
  return { imageId, packageIds };
}

/**
 * Finds the images that these digests lead to, among those that the organization's current analyzers have read.
 * @returns image ids by digest.
 */
export async function knownImages(
  db: Kysely<Database>,
  orgId: string,
  platform: string,
  digests: readonly string[],
): Promise<Map<string, { imageId: number; scannedAt: Date }>> {
  if (digests.length === 0) return new Map();
  // Which analyzers are current is told by the newest inventory: agents know, the platform does not.
  const newest = await db
    .selectFrom('image')
    .select('analyzers')
    .where('org_id', '=', orgId)
    .orderBy('scanned_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!newest) return new Map();
  const rows = await db
    .selectFrom('image_reference')
    .innerJoin('image', 'image.id', 'image_reference.image_id')
    .select(['image_reference.digest', 'image.id', 'image.scanned_at'])
    .where('image_reference.org_id', '=', orgId)
    .where('image_reference.platform', '=', platform)
    .where(sql<boolean>`image_reference.digest = any(${digests})`)
    .where('image.analyzers', '=', newest.analyzers)
    .execute();
  return new Map(rows.map((row) => [row.digest, { imageId: row.id, scannedAt: row.scanned_at }]));
}

/** Reads back what is in an image; undefined when it is gone. Packages that could not be stored are left out. */
export async function readInventory(
  db: Kysely<Database>,
  imageId: number,
): Promise<StoredInventory | undefined> {
  const image = await db
    .selectFrom('image')
    .select(['document', 'distro', 'package_ids'])
    .where('id', '=', imageId)
    .executeTakeFirst();
  if (!image) return undefined;
  const text = await decompress(image.document, { maxOutputLength: maxDocumentBytes });
  const inventory = JSON.parse(text.toString('utf8')) as Inventory;
  const rows = await db
    .selectFrom('package')
    .selectAll()
    .where(sql<boolean>`id = any(${image.package_ids})`)
    .execute();
  const ids = new Map(rows.map((row) => [packageKey(row), row.id]));
  const made = packageRows(inventory.packages, image.distro);
  return {
    ...inventory,
    packages: inventory.packages.flatMap((found, index) => {
      const row = made[index] as PackageRow;
      // Images that were stored by an earlier release have rows as that made them.
      const packageId =
        ids.get(packageKey(row)) ?? ids.get(packageKey(formerPackageRow(found, image.distro)));
      return packageId === undefined ? [] : [{ ...found, packageId }];
    }),
  };
}

/** What a stored image is and which packages it has. */
export async function storedImage(
  db: Kysely<Database>,
  imageId: number,
): Promise<{ digest: string; packageIds: number[]; scannedAt: Date }> {
  const image = await db
    .selectFrom('image')
    .select(['digest', 'package_ids', 'scanned_at'])
    .where('id', '=', imageId)
    .executeTakeFirstOrThrow();
  return { digest: image.digest, packageIds: image.package_ids, scannedAt: image.scanned_at };
}

async function putReferences(
  db: Kysely<Database>,
  orgId: string,
  imageId: number,
  keys: readonly ImageKey[],
): Promise<void> {
  const distinct = new Map(keys.map((key) => [`${key.digest} ${key.platform}`, key]));
  await db
    .insertInto('image_reference')
    .values([...distinct.values()].map((key) => ({ org_id: orgId, ...key, image_id: imageId })))
    .onConflict((conflict) =>
      conflict
        .columns(['org_id', 'digest', 'platform'])
        .doUpdateSet((row) => ({ image_id: row.ref('excluded.image_id') })),
    )
    .execute();
}

/** Names a set of analyzers and their versions: `apk:1,dpkg:2`. */
function analyzersOf({ scanner }: Inventory): string {
  return Object.entries(scanner.analyzers)
    .map(([id, version]) => `${id}:${version}`)
    .toSorted()
    .join(',');
}
