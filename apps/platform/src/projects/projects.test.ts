import { randomUUID } from 'node:crypto';
import {
  AdvisoryFeedStatus,
  documentOf,
  Issue,
  pageOf,
  Project,
  ProjectPackage,
  Target,
  V1ImportJob,
} from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import { addIntegration } from '../integrations/integration-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { refreshJob } from './refresh-counts.ts';
import { addTestFinding, addTestProjects, testDigest, testLayer } from './testing-images.ts';

let platform: TestPlatform;
let integrationId: string;
let org: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  org = `/rest/orgs/${orgId}`;
  integrationId = (await addIntegration(db, orgId, 'harbor-cr', 'registry')).id;
  const owner = { orgId, integrationId };
  const image = { digest: testDigest('a'), packages: ['openssl@3.0.1', 'zlib1g@1.2.13', 'bash@5.2'] };
  await addTestProjects(db, owner, ['shop/web:1.1', 'shop/web:latest'], image);
  await addTestProjects(db, owner, ['shop/web:1.0'], {
    digest: testDigest('b'),
    packages: ['bash@5.2', 'curl@7.88'],
  });
  await addTestProjects(db, owner, ['library/alpine:3.20']);
  const changed = [
    await addTestFinding(db, 'openssl', { vulnerability: 'CVE-2024-0001', severity: 'critical' }),
    await addTestFinding(db, 'openssl', {
      vulnerability: 'CVE-2024-0002',
      severity: 'negligible',
      hiddenReason: 'negligible',
    }),
    await addTestFinding(db, 'bash', {
      vulnerability: 'CVE-2024-0003',
      severity: 'high',
      fixState: 'fixed',
      fixedIn: '5.3',
    }),
    await addTestFinding(db, 'curl', { vulnerability: 'CVE-2024-0004', severity: 'low' }),
  ];
  const job = refreshJob(db);
  await job.handle({ packageIds: changed }, new AbortController().signal);
});

afterAll(() => platform.stop());

async function list<T extends z.ZodType>(url: string, resource: T) {
  const response = await platform.request('GET', `${org}${url}`);
  expect(response.statusCode).toBe(200);
  return pageOf(resource).parse(response.json());
}

async function projectNamed(name: string): Promise<Project> {
  const [project] = (await list(`/projects?names=${name}`, Project)).data;
  if (!project) throw new Error(`no project ${name}`);
  return project;
}

it('counts the issues of each repository and names its worst image', async () => {
  const { data, meta } = await list('/targets?count=true', Target);

  expect(meta).toEqual({ count: 2 });
  expect(data.map(({ attributes, meta }) => [attributes.display_name, meta.project_count])).toEqual([
    ['library/alpine', 1],
    ['shop/web', 3],
  ]);
  expect(data[0]?.meta).toMatchObject({ scan_statuses: { pending: 1, scanned: 0 } });
  expect(data[1]?.meta).toMatchObject({
    scan_statuses: { pending: 0, scanning: 0, scanned: 3, failed: 0 },
    worst_project: { target_reference: '1.1', issue_counts: { critical: 1, high: 1, hidden: 1, low: 0 } },
    newest_pushed_at: '2025-02-01T00:00:00.000Z',
  });
  expect(data[1]?.relationships.integration.data).toMatchObject({
    id: integrationId,
    attributes: { integration_type: 'harbor-cr' },
  });
});

it.each([
  ['display_name=shop', ['shop/web']],
  ['display_name=web', []],
  ['search=WEB', ['shop/web']],
  ['search=%25', []],
  ['source_types=ecr,harbor-cr', ['library/alpine', 'shop/web']],
  ['source_types=ecr', []],
  ['effective_severity_level=low,medium', ['shop/web']],
  ['effective_severity_level=negligible', []],
  ['scan_status=pending', ['library/alpine']],
  [`integration_id=${randomUUID()}`, []],
])('filters repositories by %s', async (query, names) => {
  const { data } = await list(`/targets?${query}`, Target);

  expect(data.map((target) => target.attributes.display_name)).toEqual(names);
});

it.each([
  ['', ['library/alpine:3.20', 'shop/web:1.0', 'shop/web:1.1', 'shop/web:latest']],
  ['names=shop/web:1.0,shop/web:latest', ['shop/web:1.0', 'shop/web:latest']],
  ['names_start_with=shop/web:1,lib', ['library/alpine:3.20', 'shop/web:1.0', 'shop/web:1.1']],
  ['names_start_with=shop/_eb,%25', []],
  ['target_reference=latest', ['shop/web:latest']],
  ['origins=ecr', []],
  ['origins=ecr,harbor-cr', ['library/alpine:3.20', 'shop/web:1.0', 'shop/web:1.1', 'shop/web:latest']],
  ['ids=nonsense', []],
])('filters projects by %j', async (query, names) => {
  const { data } = await list(`/projects?${query}`, Project);

  expect(data.map((project) => project.attributes.name)).toEqual(names);
});

it('pages through projects in both directions', async () => {
  const first = await list('/projects?limit=3', Project);
  const second = pageOf(Project).parse((await platform.request('GET', first.links.next ?? '')).json());
  const back = pageOf(Project).parse((await platform.request('GET', second.links.prev ?? '')).json());

  expect(second.data.map((project) => project.attributes.name)).toEqual(['shop/web:latest']);
  expect(second.links.next).toBeUndefined();
  expect(back.data).toEqual(first.data);
  const other = `${org}/projects?names=x&${first.links.next?.split('?')[1] ?? ''}`;
  expect((await platform.request('GET', other)).statusCode).toBe(400);
});

it('only counts when asked for the count only', async () => {
  const { data, meta } = await list('/projects?meta_count=only', Project);

  expect([data, meta]).toEqual([[], { count: 4 }]);
});

it('shows the image of a project and the other tags of it', async () => {
  const { id } = await projectNamed('shop/web:latest');
  const response = await platform.request('GET', `${org}/projects/${id}`);

  const { attributes, meta } = documentOf(Project).parse(response.json()).data;
  expect(attributes).toMatchObject({
    name: 'shop/web:latest',
    type: 'deb',
    origin: 'harbor-cr',
    status: 'active',
  });
  expect(meta).toMatchObject({
    latest_issue_counts: { critical: 1, high: 1, hidden: 1 },
    latest_dependency_total: { total: 3 },
    image: {
      digest: testDigest('a'),
      platform: 'linux/amd64',
      os: 'Debian GNU/Linux 12 (bookworm)',
      size_bytes: 1000,
      scan_status: 'scanned',
      warnings: ['one file could not be read'],
      other_tags: ['shop/web:1.1'],
    },
  });
});

it('shows the packages of a project with their layer and issues', async () => {
  const { id } = await projectNamed('shop/web:1.1');
  const first = await list(`/projects/${id}/packages?limit=2`, ProjectPackage);
  const second = pageOf(ProjectPackage).parse((await platform.request('GET', first.links.next ?? '')).json());
  const back = pageOf(ProjectPackage).parse((await platform.request('GET', second.links.prev ?? '')).json());

  expect(first.data.map((row) => row.attributes.name)).toEqual(['bash', 'openssl']);
  expect(second.data.map((row) => row.attributes.name)).toEqual(['zlib1g']);
  expect(back.data).toEqual(first.data);
  expect(first.data[1]?.attributes).toMatchObject({
    purl: 'pkg:deb/debian/openssl@3.0.1',
    layer: testLayer,
    layer_index: 0,
    layer_created_by: 'ADD rootfs.tar /',
    issue_counts: { critical: 1, hidden: 1, high: 0 },
  });
  const unread = await projectNamed('library/alpine:3.20');
  expect((await list(`/projects/${unread.id}/packages`, ProjectPackage)).data).toEqual([]);
});

it('lists the issues of a project, worst first, hidden ones when asked', async () => {
  const { id } = await projectNamed('shop/web:1.1');
  const query = `/issues?scan_item.id=${id}&scan_item.type=project`;
  const keys = async (more: string) =>
    (await list(`${query}${more}`, Issue)).data.map((one) => one.attributes.key);

  expect(await keys('')).toEqual(['CVE-2024-0001', 'CVE-2024-0003']);
  expect(await keys('&include_hidden=true')).toEqual(['CVE-2024-0001', 'CVE-2024-0003', 'CVE-2024-0002']);
  expect(await keys('&effective_severity_level=high,low')).toEqual(['CVE-2024-0003']);
  expect(await keys('&status=resolved')).toEqual([]);
  const first = await list(`${query}&limit=1`, Issue);
  const second = pageOf(Issue).parse((await platform.request('GET', first.links.next ?? '')).json());
  expect(second.data[0]?.attributes).toMatchObject({
    key: 'CVE-2024-0003',
    effective_severity_level: 'high',
    coordinates: [
      {
        is_fixable_upstream: true,
        fix_state: 'fixed',
        fixed_in: '5.3',
        representations: [{ dependency: { package_name: 'bash', package_version: '5.2' } }],
      },
    ],
  });
});

it('lists the issues of the organization once per project, and finds each by its id', async () => {
  const seen: Issue[] = [];
  let url: string | undefined = `${org}/issues?limit=2`;
  while (url !== undefined) {
    const page: { data: Issue[]; links: { next?: string | undefined } } = pageOf(Issue).parse(
      (await platform.request('GET', url)).json(),
    );
    seen.push(...page.data);
    url = page.links.next;
  }

  expect(seen).toHaveLength(6);
  expect(new Set(seen.map((issue) => issue.id)).size).toBe(6);
  for (const issue of seen) {
    const found = documentOf(Issue).parse(
      (await platform.request('GET', `${org}/issues/${issue.id}`)).json(),
    );
    expect(found.data).toMatchObject(issue);
    expect(found.data.attributes.references).toEqual([]);
  }
});

it('does not find issues by other ids, nor those of other organizations', async () => {
  const [issue] = (await list('/issues', Issue)).data;
  const other = await platform.otherOrganization();
  const token = await platform.tokenOf('admin', other);
  const foreign = await platform.request('GET', `/rest/orgs/${other}/issues/${issue?.id}`, { token });

  expect(foreign.statusCode).toBe(404);
  expect((await platform.request('GET', `${org}/issues/${randomUUID()}`)).statusCode).toBe(404);
  expect((await platform.request('GET', `${org}/issues?scan_item.id=${randomUUID()}`)).statusCode).toBe(404);
});

it('deactivates a project', async () => {
  const { id } = await projectNamed('shop/web:1.0');
  const body = { data: { type: 'project', attributes: { status: 'inactive' } } };
  const patched = await platform.request('PATCH', `${org}/projects/${id}`, { body });

  expect(patched.json().data.attributes.status).toBe('inactive');
});

it('tests a project as often as somebody says', async () => {
  const { id } = await projectNamed('shop/web:1.0');
  const body = { data: { type: 'project', attributes: { test_frequency: 'weekly', status: 'active' } } };
  const patched = await platform.request('PATCH', `${org}/projects/${id}`, { body });
  const { attributes, meta } = documentOf(Project).parse(patched.json()).data;

  expect(attributes.settings.recurring_tests.frequency).toBe('weekly');
  expect(Math.round((Date.parse(meta.next_test_at ?? '') - Date.now()) / 86_400_000)).toBe(7);
});

it('remembers which images a person deleted, and removes an empty repository', async () => {
  const { db, orgId } = platform;
  const owner = { orgId, integrationId };
  const [first = '', second = ''] = await addTestProjects(db, owner, [
    'gone/one:1',
    'gone/two:1',
    'gone/two:2',
  ]);
  const { data } = await list('/targets?display_name=gone/two', Target);
  const url = `${org}/targets/${data[0]?.id}`;

  expect((await platform.request('DELETE', `${org}/projects/${first}`)).statusCode).toBe(204);
  expect((await platform.request('DELETE', url)).statusCode).toBe(204);
  expect((await platform.request('GET', url)).statusCode).toBe(404);
  expect((await platform.request('DELETE', `${org}/projects/${second}`)).statusCode).toBe(404);
  expect((await list('/targets?display_name=gone', Target)).data).toEqual([]);
  const tombstones = await db.selectFrom('tombstone').select(['repository', 'tag']).execute();
  expect(tombstones.map(({ repository, tag }) => `${repository}:${tag}`).toSorted()).toEqual([
    'gone/one:1',
    'gone/two:1',
    'gone/two:2',
  ]);
});

it('imports an image by hand and follows it', async () => {
  const { orgId, db } = platform;
  const path = `/v1/org/${orgId}/integrations/${integrationId}/import`;
  const body = { target: { name: 'hand/made:1' } };
  const made = await platform.request('POST', path, { body });
  const location = String(made.headers['location']);
  const job = async () =>
    V1ImportJob.parse((await platform.request('GET', new URL(location).pathname)).json());

  expect([made.statusCode, made.body]).toEqual([201, '']);
  expect(location).toMatch(`http://platform.test/api${path}/`);
  expect(await job()).toMatchObject({ status: 'pending', logs: [{ name: 'hand/made:1', projects: [] }] });
  await db
    .updateTable('project')
    .set({ scan_status: 'failed', scan_error: 'no such image' })
    .where('repository', '=', 'hand/made')
    .execute();
  expect(await job()).toMatchObject({
    status: 'failed',
    logs: [{ projects: [{ success: false, userMessage: 'no such image' }] }],
  });
});

it.each([
  ['not-an-image', 400],
  ['UPPER/case:1', 400],
  ['', 400],
])('does not import %j', async (name, status) => {
  const path = `/v1/org/${platform.orgId}/integrations/${integrationId}/import`;
  const response = await platform.request('POST', path, { body: { target: { name } } });

  expect(response.statusCode).toBe(status);
});

it('tells what is known about vulnerabilities', async () => {
  const response = await platform.request('GET', '/rest/advisories');

  expect(pageOf(AdvisoryFeedStatus).parse(response.json()).data).toEqual([]);
});
