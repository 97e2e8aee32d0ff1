import {
  documentOf,
  ContainerImage,
  ImageTargetReference,
  pageOf,
  V1AggregatedIssues,
  V1DepGraph,
  V1IssuePaths,
  V1Project,
} from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addIntegration } from '../integrations/integration-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { addTestFinding, addTestProjects, testDigest } from './testing-images.ts';

let platform: TestPlatform;
let projectId: string;
let project: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  const { id: integrationId } = await addIntegration(platform.db, platform.orgId, 'harbor-cr', 'Harbor');
  const image = { digest: testDigest('a'), packages: ['openssl@3.0.1', 'bash@5.2'] };
  const owner = { orgId: platform.orgId, integrationId };
  [projectId = ''] = await addTestProjects(platform.db, owner, ['team/app:1.0', 'team/app:latest'], image);
  project = `/v1/org/${platform.orgId}/project/${projectId}`;
  await addTestFinding(platform.db, 'openssl', {
    vulnerability: 'CVE-2026-1',
    severity: 'critical',
    fixState: 'fixed',
    fixedIn: '3.0.2',
    cwes: ['CWE-787'],
  });
  await addTestFinding(platform.db, 'bash', { vulnerability: 'CVE-2026-2', severity: 'low' });
});

afterAll(() => platform.stop());

async function aggregated(body: object = {}, prefix = '') {
  const answer = await platform.request('POST', `${prefix}${project}/aggregated-issues`, { body });
  expect(answer.statusCode).toBe(200);
  return V1AggregatedIssues.parse(answer.json()).issues;
}

it('tells of a project with its image, as the older API does', async () => {
  const answer = V1Project.parse((await platform.request('GET', project)).json());

  expect(answer).toMatchObject({
    id: projectId,
    name: 'team/app:1.0',
    origin: 'harbor-cr',
    type: 'deb',
    isMonitored: true,
    testFrequency: 'daily',
    totalDependencies: 2,
    imageId: testDigest('a'),
    imageTag: '1.0',
    imagePlatform: 'linux/amd64',
    browseUrl: `http://platform.test/images/${projectId}`,
  });
  expect((await platform.request('GET', `/api${project}`)).json()).toEqual(answer);
});

it('has a project rest, and tests it again', async () => {
  const isMonitored = async () =>
    V1Project.parse((await platform.request('GET', project)).json()).isMonitored;

  expect((await platform.request('POST', `${project}/deactivate`)).json()).toEqual({});
  expect(await isMonitored()).toBe(false);
  expect((await platform.request('POST', `${project}/activate`)).json()).toEqual({});
  expect(await isMonitored()).toBe(true);
});

it('tells all issues of a project, one per vulnerability and package, worst first', async () => {
  const issues = await aggregated();

  expect(issues.map(({ id, pkgName, pkgVersions }) => [id, pkgName, pkgVersions])).toEqual([
    ['CVE-2026-1', 'openssl', ['3.0.1']],
    ['CVE-2026-2', 'bash', ['5.2']],
  ]);
  expect(issues[0]).toMatchObject({
    issueType: 'vuln',
    issueData: {
      severity: 'critical',
      identifiers: { CVE: ['CVE-2026-1'], CWE: ['CWE-787'] },
      nearestFixedInVersion: '3.0.2',
    },
    isIgnored: false,
    fixInfo: { isFixable: true, fixedIn: ['3.0.2'] },
    links: { paths: expect.stringContaining('/issue/CVE-2026-1/paths') },
  });
  expect(issues[0]).not.toHaveProperty('introducedThrough');
  expect(await aggregated({}, '/api')).toHaveLength(2);
  const bare = await platform.request('POST', `${project}/aggregated-issues`);
  expect(V1AggregatedIssues.parse(bare.json()).issues).toEqual(issues);
});

it('filters issues as the older API does', async () => {
  const ids = async (filters: object) => (await aggregated({ filters })).map(({ id }) => id);

  expect(await ids({ severities: ['low'] })).toEqual(['CVE-2026-2']);
  expect(await ids({ severities: ['medium'] })).toEqual([]);
  expect(await ids({ types: ['license'] })).toEqual([]);
  expect(await ids({ types: ['vuln'] })).toHaveLength(2);
  expect(await ids({ ignored: true })).toEqual([]);
  expect(await ids({ ignored: false, patched: false })).toHaveLength(2);
  expect(await ids({ exploitMaturity: ['mature'] })).toEqual([]);
  expect(await ids({ priority: { score: { min: 1_000 } } })).toEqual([]);
});

it('tells which layer brought an issue when that is asked for', async () => {
  const [issue] = await aggregated({ includeIntroducedThrough: true, includeDescription: true });

  expect(issue?.introducedThrough).toEqual([
    { kind: 'imageLayer', data: { index: 0, instruction: 'ADD rootfs.tar /' } },
  ]);
});

it('tells what leads to the packages of an issue', async () => {
  const answer = await platform.request('GET', `${project}/issue/CVE-2026-1/paths`);
  const paths = V1IssuePaths.parse(answer.json());

  expect(paths).toEqual({
    paths: [
      [
        { name: 'team/app', version: '1.0' },
        { name: 'openssl', version: '3.0.1', fixVersion: '3.0.2' },
      ],
    ],
    total: 1,
  });
  expect((await platform.request('GET', `${project}/issue/CVE-0/paths`)).statusCode).toBe(404);
});

it('shows the packages as a graph below the image', async () => {
  const { depGraph } = V1DepGraph.parse((await platform.request('GET', `${project}/dep-graph`)).json());

  expect(depGraph.pkgManager.name).toBe('deb');
  expect(depGraph.pkgs.map(({ id }) => id)).toEqual([
    'docker-image|team/app@1.0',
    'openssl@3.0.1',
    'bash@5.2',
  ]);
  expect(depGraph.graph.nodes[0]?.deps).toHaveLength(2);
});

it('shows an image by its digest, whatever tags it has', async () => {
  const images = `/rest/orgs/${platform.orgId}/container_images`;
  const one = documentOf(ContainerImage).parse(
    (await platform.request('GET', `${images}/${testDigest('a')}`)).json(),
  );
  const list = async (query: string) =>
    pageOf(ContainerImage).parse((await platform.request('GET', `${images}?${query}`)).json()).data;
  const references = await platform.request(
    'GET',
    `${images}/${testDigest('a')}/relationships/image_target_refs`,
  );

  expect(one.data.attributes).toMatchObject({
    names: ['team/app:1.0', 'team/app:latest'],
    platform: 'linux/amd64',
    os: 'Debian GNU/Linux 12 (bookworm)',
  });
  expect(one.data.attributes.layers).toHaveLength(1);
  expect(await list('names=team/app:latest')).toEqual([one.data]);
  expect(await list(`image_ids=${testDigest('a')},${testDigest('b')}`)).toEqual([one.data]);
  expect(await list('names=team/other:1')).toEqual([]);
  expect(await list('platform=linux/arm64')).toEqual([]);
  expect(
    pageOf(ImageTargetReference)
      .parse(references.json())
      .data.map(({ attributes }) => attributes.target_reference),
  ).toEqual(['1.0', 'latest']);
  expect((await platform.request('GET', `${images}/${testDigest('b')}`)).statusCode).toBe(404);
});
