import { documentOf, Issue, pageOf, type InventoryPackage } from '@plimsoll/contracts';
import { readOsvRecord } from '@plimsoll/advisories';
import { createLogger } from '@plimsoll/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdvisoryMemory } from '../advisories/advisory-memory.ts';
import { importAdvisories } from '../advisories/import-advisories.ts';
import { partOf } from '../advisories/testing-part.ts';
import { matchPackages } from '../findings/match-packages.ts';
import { addIntegration } from '../integrations/integration-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { addTestProjects, testDigest } from './testing-images.ts';

const [baseLayer, appLayer] = [testDigest('1'), testDigest('2')];

const layers = [
  { digest: baseLayer, diffId: baseLayer, mediaType: 'x', sizeBytes: 1, createdBy: 'ADD rootfs.tar /' },
  { digest: appLayer, diffId: appLayer, mediaType: 'x', sizeBytes: 1, createdBy: 'RUN npm ci' },
];

const packages: InventoryPackage[] = [
  {
    purl: 'pkg:deb/debian/libssl3@3.0.11-1~deb12u1',
    type: 'deb',
    name: 'libssl3',
    version: '3.0.11-1~deb12u1',
    sourceName: 'openssl',
    evidence: 'installed',
    layer: baseLayer,
    locations: [{ path: 'var/lib/dpkg/status', layer: baseLayer }],
  },
  {
    purl: 'pkg:npm/tar@4.4.1',
    type: 'npm',
    name: 'tar',
    version: '4.4.1',
    evidence: 'installed',
    layer: appLayer,
    locations: [
      { path: 'app/node_modules/node-gyp/node_modules/tar/package.json', layer: appLayer },
      { path: 'app/node_modules/tar/package.json', layer: appLayer },
    ],
  },
];

const advisories = [
  {
    id: 'DEBIAN-CVE-2026-0001',
    modified: '2026-02-01T00:00:00Z',
    published: '2026-01-01T00:00:00Z',
    upstream: ['CVE-2026-0001'],
    details: 'A *heap* overflow.',
    affected: [
      {
        package: { ecosystem: 'Debian:12', name: 'openssl' },
        ranges: [
          { type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '3.0.11-1~deb12u2' }] },
          { type: 'ECOSYSTEM', events: [{ introduced: '3.1.0-1' }, { fixed: '3.1.4-2' }] },
        ],
      },
    ],
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  },
  {
    id: 'GHSA-xxxx-yyyy-zzzz',
    aliases: ['CVE-2026-0002'],
    modified: '2026-02-03T00:00:00Z',
    summary: 'tar writes outside',
    affected: [
      {
        package: { ecosystem: 'npm', name: 'tar' },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '3.0.0' }, { last_affected: '4.4.9' }] }],
        versions: ['2.9.9'],
      },
    ],
    severity: [
      { type: 'CVSS_V2', score: 'AV:L/AC:L/Au:N/C:P/I:P/A:P' },
      { type: 'CVSS_V4', score: 'CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N' },
    ],
    database_specific: { cwe_ids: ['CWE-22'] },
    references: [{ type: 'WEB', url: 'https://example.test/tar' }],
  },
];

let platform: TestPlatform;
let org: string;
let projectId: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  org = `/rest/orgs/${orgId}`;
  const owner = { orgId, integrationId: (await addIntegration(db, orgId, 'oci', 'registry')).id };
  const base = { digest: testDigest('b'), packages: [], more: { layers: layers.slice(0, 1) } };
  await addTestProjects(db, owner, ['library/debian:12'], base);
  const image = { digest: testDigest('a'), packages: [], more: { layers, packages } };
  [projectId = ''] = await addTestProjects(db, owner, ['shop/web:1'], image);

  const deps = {
    db,
    log: createLogger({ name: 'test', level: 'silent' }),
    onChanged: async () => {},
    now: () => new Date(),
  };
  const records = advisories.map((record) => {
    const document = Buffer.from(JSON.stringify(record));
    return { advisory: readOsvRecord(document), document };
  });
  await importAdvisories(deps, [
    partOf(records, { ecosystem: 'test' }),
    partOf(
      [
        {
          epss: {
            cve: 'CVE-2026-0002',
            probability: 0.4,
            percentile: 0.9,
            model: 'v4',
            scoredOn: '2026-02-01',
          },
        },
      ],
      { ecosystem: 'epss.csv', kind: 'epss', extent: 'all' },
    ),
    partOf(
      [
        {
          exploited: {
            cve: 'CVE-2026-0002',
            name: 'node-tar',
            addedOn: '2026-02-02',
            dueOn: '2026-02-20',
            usedByRansomware: true,
            requiredAction: 'Update.',
          },
        },
      ],
      { ecosystem: 'kev.json', kind: 'exploited', extent: 'all' },
    ),
  ]);
  const ids = (await db.selectFrom('package').select('id').execute()).map(({ id }) => id);
  await matchPackages({ db, memory: new AdvisoryMemory() }, ids);
});

afterAll(() => platform.stop());

async function issues(more = ''): Promise<Issue[]> {
  const response = await platform.request('GET', `${org}/issues?scan_item.id=${projectId}${more}`);
  return pageOf(Issue).parse(response.json()).data;
}

async function issue(key: string): Promise<Issue['attributes']> {
  const found = (await issues()).find(({ attributes }) => attributes.key === key);
  const response = await platform.request('GET', `${org}/issues/${found?.id}`);
  return documentOf(Issue).parse(response.json()).data.attributes;
}

const keysOf = (list: readonly Issue[]) => list.map(({ attributes }) => attributes.key);

describe('one issue', () => {
  it('of a package of the system tells the layer, the base image, the versions affected and the nearest fix', async () => {
    const { coordinates, ...rest } = await issue('CVE-2026-0001');

    expect(rest).toMatchObject({
      description: 'A *heap* overflow.',
      effective_severity_level: 'critical',
      severities: [{ score: 9.8, version: '3.1' }],
      published_at: '2026-01-01T00:00:00.000Z',
      modified_at: '2026-02-01T00:00:00.000Z',
      confidence: 'high',
      classes: [],
    });
    expect(rest.known_exploited).toBeUndefined();
    expect(rest.epss).toBeUndefined();
    expect(coordinates).toMatchObject([
      {
        fixed_in: '3.0.11-1~deb12u2',
        introduced_by: {
          layer_index: 0,
          layer: baseLayer,
          instruction: 'ADD rootfs.tar /',
          in_base_image: true,
        },
        affected_versions: [
          {
            advisory: 'DEBIAN-CVE-2026-0001',
            package_name: 'openssl',
            versions: ['< 3.0.11-1~deb12u2', '>= 3.1.0-1, < 3.1.4-2'],
          },
        ],
        dependency_paths: [],
        locations: [{ path: 'var/lib/dpkg/status', layer: baseLayer }],
      },
    ]);
  });

  it('of a package of the application tells weakness, exploitation and what leads to the package', async () => {
    const { coordinates, ...rest } = await issue('CVE-2026-0002');

    expect(rest).toMatchObject({
      title: 'tar writes outside',
      classes: [{ id: 'CWE-22', source: 'CWE', type: 'weakness' }],
      epss: { probability: expect.closeTo(0.4), percentile: expect.closeTo(0.9), scored_on: '2026-02-01' },
      known_exploited: {
        name: 'node-tar',
        added_on: '2026-02-02',
        due_on: '2026-02-20',
        used_by_ransomware: true,
        required_action: 'Update.',
      },
      references: [{ type: 'WEB', url: 'https://example.test/tar' }],
      problems: [{ id: 'CVE-2026-0002' }, { id: 'GHSA-xxxx-yyyy-zzzz' }],
    });
    expect(rest.severities.map(({ version, score }) => [version, score])).toEqual([
      ['4.0', 8.6],
      ['2.0', 4.6],
    ]);
    expect(coordinates).toMatchObject([
      {
        is_fixable_upstream: false,
        introduced_by: { layer_index: 1, layer: appLayer, instruction: 'RUN npm ci', in_base_image: false },
        affected_versions: [{ versions: ['>= 3.0.0, <= 4.4.9', '2.9.9'] }],
        dependency_paths: [['node-gyp', 'tar@4.4.1']],
      },
    ]);
  });

  it('has a priority made of known exploitation, severity, fix and reach', async () => {
    const { risk } = await issue('CVE-2026-0002');
    const factors = Object.fromEntries(risk.factors.map(({ name, value }) => [name, value]));

    expect(factors).toEqual({ severity: expect.closeTo(0.86), exploitation: 1, fix: 0, reach: 0.3 });
    expect(risk.score).toEqual({ value: 921, model: 'plimsoll-1' });
  });
});

describe('the issues of a project', () => {
  it('come by severity, or by priority when asked', async () => {
    expect(keysOf(await issues())).toEqual(['CVE-2026-0001', 'CVE-2026-0002']);
    expect(keysOf(await issues('&sort=priority'))).toEqual(['CVE-2026-0002', 'CVE-2026-0001']);
  });

  it('are paged in the order of priority', async () => {
    const url = `${org}/issues?scan_item.id=${projectId}&sort=priority&limit=1`;
    const first = pageOf(Issue).parse((await platform.request('GET', url)).json());
    const second = pageOf(Issue).parse((await platform.request('GET', first.links.next ?? '')).json());
    const back = pageOf(Issue).parse((await platform.request('GET', second.links.prev ?? '')).json());

    expect(keysOf([...first.data, ...second.data])).toEqual(['CVE-2026-0002', 'CVE-2026-0001']);
    expect(keysOf(back.data)).toEqual(['CVE-2026-0002']);
  });

  it.each([
    ['priority_min=700', ['CVE-2026-0002']],
    ['is_fixable=true', ['CVE-2026-0001']],
    ['is_fixable=false', ['CVE-2026-0002']],
    ['is_known_exploited=true', ['CVE-2026-0002']],
    ['is_known_exploited=false', ['CVE-2026-0001']],
  ])('are filtered by %s', async (filter, keys) => {
    expect(keysOf(await issues(`&${filter}`))).toEqual(keys);
  });
});
