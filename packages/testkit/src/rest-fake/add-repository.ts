import {
  type Integration,
  type IssueCounts,
  noIssues,
  type Project,
  severities,
  type Target,
} from '@plimsoll/contracts';
import { ago, digestOf, type RestWorld, uuidOf } from './rest-world.ts';

const hour = 3_600_000;

/** What a test says of a tag; the rest is made up. */
export type FakeTag = {
  readonly name: string;
  readonly counts?: Partial<IssueCounts>;
  readonly image?: Partial<Project['meta']['image']>;
  readonly packages?: number;
};

/** Adds a repository with tags to a registry, sums it up as the API does, and returns its target and projects. */
export function addRepository(
  world: RestWorld,
  integration: Integration,
  repository: string,
  tags: readonly FakeTag[],
): { target: Target; projects: Project[] } {
  const targetId = uuidOf(`target ${integration.id} ${repository}`);
  const projects = tags.map((tag) => projectOf(world, integration, targetId, repository, tag));
  const target: Target = {
    id: targetId,
    type: 'target',
    attributes: { display_name: repository, is_private: true, created_at: ago(500 * hour) },
    relationships: {
      organization: { data: { id: world.org.id, type: 'org' } },
      integration: {
        data: {
          id: integration.id,
          type: 'integration',
          attributes: { integration_type: integration.attributes.integration_type },
        },
      },
    },
    meta: sumOf(projects),
  };
  world.targets.push(target);
  world.projects.push(...projects);
  return { target, projects };
}

function projectOf(
  world: RestWorld,
  integration: Integration,
  targetId: string,
  repository: string,
  tag: FakeTag,
): Project {
  const name = `${repository}:${tag.name}`;
  const isScanned = (tag.image?.scan_status ?? 'scanned') === 'scanned';
  return {
    id: uuidOf(`project ${integration.id} ${name}`),
    type: 'project',
    attributes: {
      name,
      type: 'deb',
      origin: integration.attributes.integration_type,
      status: 'active',
      read_only: false,
      created: ago(400 * hour),
      target_reference: tag.name,
      settings: { recurring_tests: { frequency: 'daily' } },
      tags: [],
      business_criticality: [],
      environment: [],
      lifecycle: [],
    },
    relationships: {
      organization: { data: { id: world.org.id, type: 'org' } },
      target: { data: { id: targetId, type: 'target' } },
    },
    meta: {
      ...(isScanned && { latest_issue_counts: { ...noIssues, ...tag.counts } }),
      ...(isScanned && { latest_dependency_total: { total: tag.packages ?? 0 } }),
      image: {
        digest: digestOf(name),
        platform: 'linux/amd64',
        ...(isScanned && {
          os: 'Debian GNU/Linux 12 (bookworm)',
          size_bytes: 48_234_123,
          created_at: ago(60 * hour),
          scanned_at: ago(2 * hour),
        }),
        pushed_at: ago(50 * hour),
        first_seen_at: ago(49 * hour),
        scan_status: 'scanned',
        warnings: [],
        other_tags: [],
        ...tag.image,
      },
    },
  };
}

function sumOf(projects: readonly Project[]): Target['meta'] {
  const statuses = { pending: 0, scanning: 0, scanned: 0, failed: 0 };
  for (const project of projects) statuses[project.meta.image.scan_status] += 1;
  const worst = projects
    .filter(({ meta }) => meta.latest_issue_counts)
    .toSorted((a, b) => compareCounts(a.meta.latest_issue_counts, b.meta.latest_issue_counts))[0];
  const newest = projects
    .flatMap(({ meta }) => meta.image.pushed_at ?? [])
    .toSorted()
    .at(-1);
  return {
    project_count: projects.length,
    scan_statuses: statuses,
    ...(worst?.meta.latest_issue_counts && {
      worst_project: {
        id: worst.id,
        target_reference: worst.attributes.target_reference,
        issue_counts: worst.meta.latest_issue_counts,
      },
    }),
    ...(newest !== undefined && { newest_pushed_at: newest }),
  };
}

function compareCounts(a = noIssues, b = noIssues): number {
  const severity = severities.find((level) => a[level] !== b[level]);
  return severity ? b[severity] - a[severity] : 0;
}
