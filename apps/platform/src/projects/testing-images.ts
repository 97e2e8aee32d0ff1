import type { Inventory, InventoryPackage } from '@plimsoll/contracts';
import type { Finding } from '@plimsoll/matching';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { putInventory } from '../inventories/inventory-store.ts';
import { putProjects } from './project-writes.ts';
import { refreshCounts } from './refresh-counts.ts';

export const testLayer = `sha256:${'1'.repeat(64)}`;

/** A digest made of one hex letter. */
export function testDigest(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}

/** An inventory of Debian packages named `name@version`. */
export function testInventory(digest: string, packages: readonly string[]): Inventory {
  return {
    schemaVersion: 1,
    digest,
    platform: 'linux/amd64',
    os: { id: 'debian', versionId: '12', prettyName: 'Debian GNU/Linux 12 (bookworm)' },
    layers: [{ digest: testLayer, mediaType: 'x', sizeBytes: 1000, createdBy: 'ADD rootfs.tar /' }],
    config: { created: '2025-01-01T00:00:00Z' },
    packages: packages.map((text): InventoryPackage => {
      const [name = '', version = ''] = text.split('@');
      return {
        purl: `pkg:deb/debian/${name}@${version}`,
        type: 'deb',
        name,
        version,
        evidence: 'installed',
        layer: testLayer,
        locations: [{ path: 'var/lib/dpkg/status', layer: testLayer }],
      };
    }),
    warnings: [{ code: 'odd', message: 'one file could not be read' }],
    scanner: { version: '1', analyzers: { dpkg: 1 } },
    cost: { durationMs: 1, bytesPulled: 1, layersRead: 1, layersFromCache: 0 },
  };
}

/** Makes projects `repository:tag` that show an image with these packages, or none yet. */
export async function addTestProjects(
  db: Kysely<Database>,
  owner: { readonly orgId: string; readonly integrationId: string },
  names: readonly string[],
  image?: {
    readonly digest: string;
    readonly packages: readonly string[];
    /** What more the inventory says. */
    readonly more?: Partial<Inventory>;
  },
): Promise<string[]> {
  return await db.transaction().execute(async (transaction) => {
    const projects = await putProjects(
      transaction,
      { ...owner, source: 'sync' },
      names.map((name) => {
        const [repository = '', tag = ''] = name.split(':');
        const pushedAt = new Date('2025-02-01T00:00:00Z');
        const digest = image?.digest ?? null;
        return { repository, tag, digest, platform: 'linux/amd64', pushedAt, firstSeenAt: pushedAt };
      }),
    );
    const ids = projects.map((project) => project.id);
    if (image) {
      const inventory = { ...testInventory(image.digest, image.packages), ...image.more };
      const { imageId } = await putInventory(transaction, owner.orgId, inventory, []);
      await transaction
        .updateTable('project')
        .set({ image_id: imageId, scan_status: 'scanned', scanned_at: new Date() })
        .where('id', 'in', ids)
        .execute();
      await refreshCounts(transaction, [imageId]);
    }
    return ids;
  });
}

/** Adds a finding to the package of this name and returns the package's id. */
export async function addTestFinding(
  db: Kysely<Database>,
  packageName: string,
  finding: Pick<Finding, 'vulnerability' | 'severity'> & Partial<Finding>,
): Promise<number> {
  const { id } = await db
    .selectFrom('package')
    .select('id')
    .where('name', '=', packageName)
    .executeTakeFirstOrThrow();
  const detail: Finding = {
    title: `Trouble in ${packageName}`,
    fixState: 'no-fix',
    confidence: 'high',
    problems: [{ id: finding.vulnerability, source: 'CVE', url: 'https://example.test/' }],
    ratings: [{ source: 'debian', level: finding.severity }],
    advisories: [{ id: `DEBIAN-${finding.vulnerability}`, source: 'Debian' }],
    ...finding,
  };
  await db
    .insertInto('finding')
    .values({
      package_id: id,
      vulnerability: detail.vulnerability,
      severity: detail.severity,
      score: detail.score ?? null,
      title: detail.title,
      fix_state: detail.fixState,
      fixed_in: detail.fixedIn ?? null,
      hidden_reason: detail.hiddenReason ?? null,
      advisory_ids: detail.advisories.map((advisory) => advisory.id),
      detail: JSON.stringify(detail),
    })
    .execute();
  return id;
}
