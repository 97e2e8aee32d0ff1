import { randomUUID } from 'node:crypto';
import type { Inventory, InventoryPackage } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../../apps/platform/src/database/schema.ts';
import { addIntegration } from '../../apps/platform/src/integrations/integration-store.ts';
import { putInventory } from '../../apps/platform/src/inventories/inventory-store.ts';

/**
 * Writes distinct packages of Debian 12, npm, PyPI, Maven and Go straight into the table: half of them are named by
 * advisories, in a version that one of these fixes, the others are not. @returns their ids.
 */
export async function makePackages(db: Kysely<Database>, count: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with named as (
      select ecosystem, name, min(rule #>> '{intervals,0,fixed}') as version
      from affected where ecosystem in ('Debian:12', 'npm', 'PyPI', 'Maven', 'Go')
      group by ecosystem, name order by md5(name)
    ),
    -- The image's own packages are numbered, so that there are as many as asked for.
    numbered as (select *, row_number() over () as number, count(*) over () as total from named),
    wanted as (
      select ecosystem, number as unit,
        case when unit % 2 = 0 then name else name || '-' || unit end as name,
        coalesce(version, '1.0') || case when unit >= total * 2 then '.' || unit else '' end as version
      from generate_series(0, ${count - 1}::int) as unit
      join numbered on numbered.number = unit / 2 % total + 1
    )
    insert into package (purl, type, name, version, distro)
    select 'pkg:' || ${randomUUID()} || '/' || name || '@' || version,
      case ecosystem when 'Debian:12' then 'deb' when 'PyPI' then 'pypi' when 'Go' then 'golang' else lower(ecosystem) end,
      name, version, case ecosystem when 'Debian:12' then 'debian:12' else '' end
    from wanted on conflict do nothing returning id`.execute(db);
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}

/** Who owns the images of the benchmark. */
export type Owner = { readonly orgId: string; readonly integrationId: string; readonly targetId: string };

/** Makes an organization with one registry and one repository. */
export async function makeOwner(db: Kysely<Database>): Promise<Owner> {
  const { id: orgId } = await db
    .insertInto('organization')
    .values({ name: 'Bench', slug: randomUUID() })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { id: integrationId } = await addIntegration(db, orgId, 'oci', 'bench');
  const { id: targetId } = await db
    .insertInto('target')
    .values({ org_id: orgId, integration_id: integrationId, name: 'bench' })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { orgId, integrationId, targetId };
}

/** Writes images that hold some hundred packages each, neighbours in the list of all, and a project for each. */
export async function makeImages(
  db: Kysely<Database>,
  { orgId, integrationId, targetId }: Owner,
  { from, to }: { readonly from: number; readonly to: number },
  packageIds: readonly number[],
  packagesEach: number,
): Promise<void> {
  await sql`
    with made as (
      insert into image (org_id, digest, platform, distro, package_ids, document, analyzers)
      select ${orgId}, 'sha256:' || unit, 'linux/amd64', 'debian:12',
        (${packageIds}::integer[])[1 + unit % ${packageIds.length - packagesEach}::int :
          ${packagesEach}::int + unit % ${packageIds.length - packagesEach}::int], '', 'bench'
      from generate_series(${from + 1}::int, ${to}::int) as unit
      returning id, digest
    )
    insert into project (org_id, integration_id, target_id, repository, tag, source, platform, image_id)
    select ${orgId}, ${integrationId}, ${targetId}, 'bench', digest, 'sync', 'linux/amd64', id from made`.execute(
    db,
  );
}

/** Stores images as scans do, with their inventories. */
export async function storeImages(
  db: Kysely<Database>,
  { orgId }: Owner,
  count: number,
  packagesEach: number,
): Promise<void> {
  for (let unit = 0; unit < count; unit++) {
    const layer = `sha256:${String(unit).padStart(64, '0')}`;
    const packages = Array.from({ length: packagesEach }, (_, index): InventoryPackage => {
      const name = `package-${(unit * 7 + index * 3) % 5_000}`;
      const purl = `pkg:deb/debian/${name}@1.2.3-${index}?arch=amd64`;
      const locations = [{ path: 'var/lib/dpkg/status', layer }];
      return { purl, type: 'deb', name, version: `1.2.3-${index}`, evidence: 'installed', layer, locations };
    });
    const inventory: Inventory = {
      schemaVersion: 1,
      digest: layer,
      platform: 'linux/amd64',
      os: { id: 'debian', versionId: '12' },
      layers: [{ digest: layer, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', sizeBytes: 1 }],
      config: {},
      packages,
      warnings: [],
      scanner: { version: '1', analyzers: { dpkg: 1 } },
      cost: { durationMs: 1, bytesPulled: 1, layersRead: 1, layersFromCache: 0 },
    };
    await db.transaction().execute((transaction) => putInventory(transaction, orgId, inventory, []));
  }
}
