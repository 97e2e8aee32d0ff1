import {
  projectAttributes,
  testFrequencies,
  type BaseImageFacts,
  type Project,
  type RegistryType,
} from '@plimsoll/contracts';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import { basesOfImages } from './base-of-image.ts';
import { readCounts } from './issue-counts.ts';
import { namesByDigest, type ProjectRow } from './project-store.ts';
import { typeOf } from './project-types.ts';

/** Other tags shown with one image; more than these are of no use to anybody. */
const maxOtherTags = 50;

const FrequencyName = z.enum(testFrequencies);

const Warnings = z.array(z.string()).catch([]);

/** Projects as the API shows them, with the image that each shows now. */
export async function projectResources(
  db: Kysely<Database>,
  orgId: string,
  rows: readonly ProjectRow[],
  at: Date,
): Promise<Project[]> {
  const digests = [...new Set(rows.flatMap((row) => row.digest ?? []))];
  const names = await namesByDigest(db, orgId, digests);
  const bases = await basesOfImages(
    db,
    orgId,
    rows.flatMap((row) => row.image_id ?? []),
  );
  return rows.map((row) => {
    const others = (names.get(row.digest ?? '') ?? []).filter((other) => other.id !== row.id);
    return projectResource(
      row,
      others.slice(0, maxOtherTags).map((other) => other.name),
      bases.get(row.image_id ?? -1),
      at,
    );
  });
}

function projectResource(
  row: ProjectRow,
  otherTags: string[],
  base: BaseImageFacts | undefined,
  at: Date,
): Project {
  return {
    id: row.id,
    type: 'project',
    attributes: {
      name: `${row.repository}:${row.tag}`,
      type: typeOf(row.distro),
      origin: row.integration_type as RegistryType,
      status: row.status === 'inactive' ? 'inactive' : 'active',
      read_only: false,
      created: row.created_at.toISOString(),
      target_reference: row.tag,
      settings: { recurring_tests: { frequency: FrequencyName.parse(row.test_frequency) } },
      ...attributesOf(row),
    },
    relationships: {
      organization: { data: { id: row.org_id, type: 'org' } },
      target: { data: { id: row.target_id, type: 'target' } },
    },
    meta: {
      ...(row.issue_counts_at && { latest_issue_counts: readCounts(row, at) }),
      ...(row.package_total !== null && { latest_dependency_total: { total: row.package_total } }),
      ...(row.status === 'active' &&
        row.test_frequency !== 'never' && { next_test_at: row.next_test_at.toISOString() }),
      ...(row.test_error && { test_error: row.test_error }),
      image: imageOf(row, otherTags, base),
    },
  };
}

/** What a person says of a project. */
export function attributesOf(
  row: Pick<ProjectRow, 'tags' | 'business_criticality' | 'environment' | 'lifecycle'>,
): z.infer<typeof Attributes> {
  const { tags, business_criticality, environment, lifecycle } = row;
  return Attributes.parse({ tags, business_criticality, environment, lifecycle });
}

const Attributes = z.object(projectAttributes);

function imageOf(
  row: ProjectRow,
  otherTags: string[],
  base: BaseImageFacts | undefined,
): Project['meta']['image'] {
  return {
    ...(row.digest && { digest: row.digest }),
    platform: row.image_platform ?? row.platform,
    ...(row.os_name && { os: row.os_name }),
    ...(row.size_bytes !== null && { size_bytes: row.size_bytes }),
    ...(row.image_created_at && { created_at: row.image_created_at }),
    ...(row.pushed_at && { pushed_at: row.pushed_at.toISOString() }),
    first_seen_at: row.first_seen_at.toISOString(),
    ...(row.scanned_at && { scanned_at: row.scanned_at.toISOString() }),
    scan_status: row.scan_status as Project['meta']['image']['scan_status'],
    ...(row.scan_error && { scan_error: row.scan_error }),
    ...(base && { base }),
    warnings: Warnings.parse(row.warnings ?? []),
    other_tags: otherTags,
  };
}
