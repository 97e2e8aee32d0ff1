import { randomUUID } from 'node:crypto';
import type { Inventory, InventoryPackage } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../database/schema.ts';
import { digestOf, inventoryOf } from '../sync/testing-world.ts';
import { baseImages } from './base-images.ts';
import { knownImages, putInventory, readInventory } from './inventory-store.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../testing-database.ts';

const [a, b] = [digestOf('a'), digestOf('b')];

let database: MigratedDatabase;
let db: Kysely<Database>;
let orgId: string;

beforeAll(async () => {
  database = await createMigratedDatabase();
  ({ db } = database);
});

afterAll(() => database.drop());

beforeEach(async () => {
  const org = await db
    .insertInto('organization')
    .values({ name: 'Test', slug: randomUUID() })
    .returning('id')
    .executeTakeFirstOrThrow();
  orgId = org.id;
});

function put(inventory: Inventory, keys: Parameters<typeof putInventory>[3] = []) {
  return db.transaction().execute((transaction) => putInventory(transaction, orgId, inventory, keys));
}

function withPackages(digest: string, packages: (Partial<InventoryPackage> & { name: string })[]): Inventory {
  const inventory = inventoryOf(digest);
  const [example] = inventory.packages as [InventoryPackage];
  return {
    ...inventory,
    packages: packages.map((found) => ({
      ...example,
      purl: `pkg:deb/debian/${found.name}@1`,
      version: '1',
      ...found,
    })),
  };
}

it('stores a package once for all the images that contain it', async () => {
  const first = await put(withPackages(a, [{ name: 'shared' }, { name: 'only-a' }]));
  const second = await put(withPackages(b, [{ name: 'shared' }, { name: 'only-b' }]));

  expect(first.packageIds.filter((id) => second.packageIds.includes(id))).toHaveLength(1);
});

it('tells packages of different releases apart, and application packages not', async () => {
  const packages = [
    { name: 'zlib' },
    { name: 'left-pad', purl: 'pkg:npm/left-pad@1', type: 'npm' },
    { name: 'npm', purl: 'pkg:npm/npm@1', type: 'npm', ownedBy: 'nodejs' },
  ];
  const debian12 = await put(withPackages(a, packages));
  const debian13 = await put({ ...withPackages(b, packages), os: { id: 'debian', versionId: '13' } });

  const shared = debian12.packageIds.filter((id) => debian13.packageIds.includes(id));
  const rows = await db.selectFrom('package').select('name').where('id', 'in', shared).execute();
  expect(rows).toEqual([{ name: 'left-pad' }]);
});

it('uses up no numbers for packages that it knows', async () => {
  const [before] = (await put(withPackages(a, [{ name: 'first-new' }]))).packageIds;
  for (let time = 0; time < 5; time += 1) await put(withPackages(a, [{ name: 'first-new' }]));
  const [after] = (await put(withPackages(b, [{ name: 'second-new' }]))).packageIds;

  expect((after ?? 0) - (before ?? 0)).toBe(1);
});

it('reads back an inventory with the ids of its packages', async () => {
  const { imageId, packageIds } = await put(withPackages(a, [{ name: 'read-back' }]));

  const stored = await readInventory(db, imageId);

  expect(stored?.packages).toMatchObject([
    { name: 'read-back', packageId: packageIds[0], layer: digestOf('0') },
  ]);
  expect(stored?.layers).toHaveLength(1);
  expect(await readInventory(db, 2_147_483_647)).toBeUndefined();
});

it('replaces what was known of an image that is read again', async () => {
  const first = await put(withPackages(a, [{ name: 'old' }]));
  const second = await put(withPackages(a, [{ name: 'new' }]));

  expect(second.imageId).toBe(first.imageId);
  expect((await readInventory(db, first.imageId))?.packages.map(({ name }) => name)).toEqual(['new']);
});

it('finds an image by its index and its manifest, for the platform that was asked for', async () => {
  const { imageId } = await put(inventoryOf(a), [{ digest: b, platform: 'linux/amd64' }]);

  const find = (platform: string) => knownImages(db, orgId, platform, [a, b, digestOf('c')]);
  const known = await find('linux/amd64');
  expect([known.size, known.get(a)?.imageId, known.get(b)?.imageId]).toEqual([2, imageId, imageId]);
  expect((await find('linux/arm64')).size).toBe(0);
});

it('does not take an image for known that older analyzers have read', async () => {
  await put(inventoryOf(a));
  const newer = inventoryOf(b);
  await put({ ...newer, scanner: { version: '2', analyzers: { dpkg: 2, npm: 1 } } });

  expect([...(await knownImages(db, orgId, 'linux/amd64', [a, b])).keys()]).toEqual([b]);
});

it('stores what a hostile image holds: NUL, lone surrogates, names as long as they may be', async () => {
  const inventory = withPackages(a, [
    { name: 'nul\0name', version: '1\0', sourceName: '\0' },
    { name: '\ud800lone' },
    { name: 'x'.repeat(4_096), purl: `pkg:deb/debian/${'x'.repeat(4_000)}@1` },
  ]);
  const { imageId, packageIds } = await put({
    ...inventory,
    os: { id: 'deb\0ian', versionId: '12', prettyName: 'Debian\0' },
    warnings: [{ code: 'x', message: 'zero \0 byte' }],
  });

  expect(packageIds).toHaveLength(2);
  const image = await db
    .selectFrom('image')
    .select(['warnings', 'os_name', 'distro'])
    .where('id', '=', imageId)
    .executeTakeFirstOrThrow();
  expect(image).toEqual({
    warnings: ['zero  byte', '1 packages have names too long to be stored.'],
    os_name: 'Debian',
    distro: 'debian:12',
  });
  expect((await readInventory(db, imageId))?.packages).toHaveLength(2);
});

it('takes inventories with the same new packages at the same time', async () => {
  const names = Array.from({ length: 300 }, (_, index) => ({ name: `parallel-${index}` }));

  const stored = await Promise.all([
    put(withPackages(a, names)),
    put(withPackages(b, names.toReversed())),
    put(withPackages(digestOf('c'), names)),
  ]);

  expect(new Set(stored.map(({ packageIds }) => packageIds.join())).size).toBe(1);
});

/** An image of these layers, named by one letter each. */
function imageOf(digest: string, letters: string, more: Partial<Inventory> = {}): Inventory {
  const layers = letters.split('').map((letter) => ({
    digest: digestOf(letter),
    diffId: digestOf(letter),
    mediaType: 'layer',
    sizeBytes: 1,
    createdBy: `RUN ${letter}`,
  }));
  return { ...withPackages(digest, [{ name: 'any', layer: digestOf(letters[0] ?? '0') }]), layers, ...more };
}

it('finds the longest scanned image that an image begins with, whichever was scanned first', async () => {
  const [c, d] = [digestOf('c'), digestOf('d')];
  const app = await put(imageOf(c, '123'));
  const none = (await baseImages(db, [app.imageId])).get(app.imageId);
  await put(imageOf(a, '1'));
  const node = await put(imageOf(b, '12'));
  const other = await put(imageOf(d, '21'));

  const bases = await baseImages(db, [app.imageId, node.imageId, other.imageId]);

  expect(none).toBeUndefined();
  expect(bases.get(app.imageId)).toEqual({ imageId: node.imageId, imageDigest: b, layers: 2 });
  expect(bases.get(node.imageId)).toMatchObject({ imageDigest: a, layers: 1 });
  expect(bases.has(other.imageId)).toBe(false);
});

it('knows no base of an image whose diff ids are not all known, nor one of another organization', async () => {
  const { layers } = imageOf(a, '12');
  const unknown = layers.map((layer, index) => ({ ...layer, ...(index === 0 && { diffId: undefined }) }));
  await put(imageOf(a, '1'));
  const gap = await put(imageOf(b, '12', { layers: unknown }));
  orgId = (
    await db
      .insertInto('organization')
      .values({ name: 'Other', slug: randomUUID() })
      .returning('id')
      .executeTakeFirstOrThrow()
  ).id;
  const foreign = await put(imageOf(b, '12'));

  expect(await baseImages(db, [gap.imageId, foreign.imageId])).toEqual(new Map());
});

it('tells what an image says of its base itself', async () => {
  const { imageId } = await put(
    imageOf(a, '1', { baseImage: { name: 'docker.io/library/debian:12', digest: b } }),
  );

  expect((await baseImages(db, [imageId])).get(imageId)).toEqual({
    name: 'docker.io/library/debian:12',
    digest: b,
  });
});

it('stores which layer brought each package, and the instruction of each layer', async () => {
  const packages = [
    { name: 'upper', layer: digestOf('2') },
    { name: 'lower', layer: digestOf('1') },
    { name: 'claimed', layer: undefined },
    { name: 'twice', layer: digestOf('2') },
    { name: 'twice', layer: digestOf('1') },
  ] as (Partial<InventoryPackage> & { name: string })[];
  const { imageId } = await put(imageOf(a, '12', { packages: withPackages(a, packages).packages }));

  const { rows } = await sql<{ name: string; layer: number; instruction: string | null }>`
    select package.name, held.layer, image.layer_instructions[held.layer + 1] as instruction
    from image, unnest(image.package_ids, image.package_layers) as held(id, layer)
    join package on package.id = held.id
    where image.id = ${imageId} order by package.name`.execute(db);

  expect(rows).toEqual([
    { name: 'claimed', layer: -1, instruction: null },
    { name: 'lower', layer: 0, instruction: 'RUN 1' },
    { name: 'twice', layer: 0, instruction: 'RUN 1' },
    { name: 'upper', layer: 1, instruction: 'RUN 2' },
  ]);
});

it('stores 20,000 packages', async () => {
  const names = Array.from({ length: 20_000 }, (_, index) => ({ name: `many-${index}` }));

  const { imageId, packageIds } = await put(withPackages(a, names));

  expect(packageIds).toHaveLength(20_000);
  expect((await readInventory(db, imageId))?.packages).toHaveLength(20_000);
});
