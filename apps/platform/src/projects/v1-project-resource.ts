import type { V1Project } from '@plimsoll/contracts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { projectResources } from './project-resource.ts';
import type { ProjectRow } from './project-store.ts';

/** Projects of an organization as the older API shows them. */
export async function v1Projects(
  { db, publicUrl, now }: { db: Kysely<Database>; publicUrl: string; now: () => Date },
  orgId: string,
  rows: readonly ProjectRow[],
): Promise<V1Project[]> {
  const projects = await projectResources(db, orgId, rows, now());
  return projects.map(({ id, attributes, meta }) => {
    const { image, latest_issue_counts: counts } = meta;
    return {
      id,
      name: attributes.name,
      created: attributes.created,
      origin: attributes.origin,
      type: attributes.type,
      readOnly: attributes.read_only,
      testFrequency: attributes.settings.recurring_tests.frequency,
      isMonitored: attributes.status === 'active',
      totalDependencies: meta.latest_dependency_total?.total ?? 0,
      issueCountsBySeverity: {
        low: counts?.low ?? 0,
        medium: counts?.medium ?? 0,
        high: counts?.high ?? 0,
        critical: counts?.critical ?? 0,
      },
      ...(image.scanned_at !== undefined && { lastTestedDate: image.scanned_at }),
      browseUrl: `${publicUrl}/images/${id}`,
      targetReference: attributes.target_reference,
      ...(image.digest !== undefined && { imageId: image.digest }),
      imageTag: attributes.target_reference,
      ...(image.platform !== undefined && { imagePlatform: image.platform }),
      ...(image.base?.name !== undefined && { imageBaseImage: image.base.name }),
      tags: attributes.tags,
    };
  });
}
