import { Issue, pageOf, Project, documentOf, type IssueCounts } from '@plimsoll/contracts';
import { refreshJob } from '../projects/refresh-counts.ts';
import { recountJob } from '../projects/triaged-projects.ts';
import type { TestPlatform } from '../testing-platform.ts';

/** Does what the jobs that were sent would do. */
export async function recountAll(platform: TestPlatform): Promise<void> {
  const { db, orgId } = platform;
  const vulnerabilities = await db.selectFrom('finding').select('vulnerability').distinct().execute();
  const recount = { orgId, vulnerabilities: vulnerabilities.map((row) => row.vulnerability) };
  await recountJob(db).handle(recount, new AbortController().signal);
  const packages = await db.selectFrom('package').select('id').execute();
  await refreshJob(db).handle({ packageIds: packages.map(({ id }) => id) }, new AbortController().signal);
}

/** The issues of a project, or of the organization, all in one page. */
export async function issuesOf(platform: TestPlatform, projectId?: string, more = ''): Promise<Issue[]> {
  const scope = projectId === undefined ? '' : `&scan_item.id=${projectId}&scan_item.type=project`;
  const response = await platform.request(
    'GET',
    `/rest/orgs/${platform.orgId}/issues?limit=100${scope}${more}`,
  );
  if (response.statusCode !== 200) throw new Error(response.body);
  return pageOf(Issue).parse(response.json()).data;
}

/** The counters of a project, without the time when they were made. */
export async function countsOf(platform: TestPlatform, projectId: string): Promise<Partial<IssueCounts>> {
  const response = await platform.request('GET', `/rest/orgs/${platform.orgId}/projects/${projectId}`);
  const { updated_at: _at, ...counts } =
    documentOf(Project).parse(response.json()).data.meta.latest_issue_counts ?? {};
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

/** `package CVE` of each issue that is not ignored. */
export function openOnes(issues: readonly Issue[]): string[] {
  return issues
    .filter(({ attributes }) => !attributes.ignored)
    .map(nameOf)
    .toSorted();
}

/** `package CVE` of an issue. */
export function nameOf({ attributes: { key, coordinates } }: Issue): string {
  return `${coordinates[0]?.representations[0]?.dependency.package_name} ${key}`;
}
