import { randomUUID } from 'node:crypto';
import type { Inventory, InventoryPackage } from '@plimsoll/contracts';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectDatabase } from '../database/connect.ts';
import { migrate } from '../database/migrate.ts';
import type { Database } from '../database/schema.ts';
import { digestOf, inventoryOf } from '../sync/testing-world.ts';
import { knownImages, putInventory, readInventory } from './inventory-store.ts';

const [a, b] = [digestOf('a'), digestOf('b')];

let database: TestDatabase;
let db: Kysely<Database>;
let orgId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connectDatabase(database.connectionString);
  await migrate(db);
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

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

it('stores 20,000 packages', async () => {
  const names = Array.from({ length: 20_000 }, (_, index) => ({ name: `many-${index}` }));

  const { imageId, packageIds } = await put(withPackages(a, names));

  expect(packageIds).toHaveLength(20_000);
  expect((await readInventory(db, imageId))?.packages).toHaveLength(20_000);
});
