import { documentOf, pageOf, VexDocument } from '@plimsoll/contracts';
import { createLogger } from '@plimsoll/runtime';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createAdvisories } from '../advisories/index.ts';
import { addIntegration } from '../integrations/integration-store.ts';
import { addTestFinding, addTestProjects, testDigest } from '../projects/testing-images.ts';
import { refreshJob } from '../projects/refresh-counts.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { applyVexToPackages } from './apply-vex.ts';
import { countsOf, issuesOf, nameOf } from './testing-triage.ts';
import { vexJob } from './vex-job.ts';

let platform: TestPlatform;
const projects: Record<string, string> = {};
let packageIds: number[];

beforeAll(async () => {
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  const owner = { orgId, integrationId: (await addIntegration(db, orgId, 'harbor-cr', 'registry')).id };
  const web = { digest: testDigest('a'), packages: ['tar@1.34', 'curl@7.88'] };
  await addTestProjects(db, owner, ['shop/web:1', 'shop/web:2'], web);
  await addTestProjects(db, owner, ['shop/api:1'], { digest: testDigest('b'), packages: ['curl@7.88'] });
  await addTestFinding(db, 'tar', { vulnerability: 'CVE-1', severity: 'low' });
  await addTestFinding(db, 'curl', { vulnerability: 'CVE-1', severity: 'low' });
  await addTestFinding(db, 'curl', { vulnerability: 'CVE-2', severity: 'high' });
  const rows = await db.selectFrom('project').select(['id', 'repository', 'tag']).execute();
  for (const { id, repository, tag } of rows) projects[`${repository}:${tag}`] = id;
  packageIds = (await db.selectFrom('package').select('id').execute()).map(({ id }) => id);
  await work();
});
afterAll(() => platform.stop());
afterEach(async () => {
  await sql`delete from vex_document`.execute(platform.db);
  await sql`delete from advisory_feed`.execute(platform.db);
  await work();
});

/** Does what the jobs that were sent would do. */
async function work(): Promise<void> {
  const { db } = platform;
  const { signal } = new AbortController();
  const onPackagesChanged = (ids: readonly number[]) =>
    refreshJob(db).handle({ packageIds: [...ids] }, signal);
  const job = vexJob({ db, awaitFindings: async () => {}, onPackagesChanged });
  await job.handle({ vulnerabilities: ['CVE-1', 'CVE-2', 'GHSA-2'] }, signal);
}

type Said = {
  product: string;
  component?: string;
  status?: string;
  vulnerability?: string;
  justification?: string;
};

function openvex(said: readonly Said[], { id = 'one', at = '2026-01-01T00:00:00Z' } = {}) {
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': `https://example.com/${id}`,
    author: 'Example',
    timestamp: at,
    version: 1,
    statements: said.map(
      ({ product, component, status = 'not_affected', vulnerability = 'CVE-1', ...rest }) => ({
        vulnerability: { name: vulnerability },
        products: [
          { '@id': product, ...(component !== undefined && { subcomponents: [{ '@id': component }] }) },
        ],
        status,
        impact_statement: 'It is not built in.',
        ...rest,
      }),
    ),
  };
}

async function upload(document: object, name = 'vex.json') {
  const response = await platform.request('POST', `/rest/orgs/${platform.orgId}/vex_documents`, {
    body: { data: { type: 'vex_document', attributes: { name, document } } },
  });
  await work();
  return response;
}

/** `package CVE` of what is shown in each project. */
const shown = async () =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(projects).map(
        async ([name, id]) => [name, (await issuesOf(platform, id)).map(nameOf).toSorted()] as const,
      ),
    ),
  );

const web = ['curl CVE-1', 'curl CVE-2', 'tar CVE-1'];
const all = { 'shop/web:1': web, 'shop/web:2': web, 'shop/api:1': ['curl CVE-1', 'curl CVE-2'] };
const curl = 'pkg:deb/debian/curl';

it.each<[string, Said, Partial<typeof all>]>([
  [
    'of a package everywhere',
    { product: curl },
    {
      'shop/web:1': ['curl CVE-2', 'tar CVE-1'],
      'shop/web:2': ['curl CVE-2', 'tar CVE-1'],
      'shop/api:1': ['curl CVE-2'],
    },
  ],
  ['of another version', { product: `${curl}@9` }, {}],
  [
    'of an image by digest, whatever package it is',
    { product: `pkg:oci/web@${testDigest('a')}` },
    { 'shop/web:1': ['curl CVE-2'], 'shop/web:2': ['curl CVE-2'] },
  ],
  [
    'of a package in the images of a repository',
    { product: 'pkg:oci/api?repository_url=registry.example.com/shop/api', component: curl },
    { 'shop/api:1': ['curl CVE-2'] },
  ],
  [
    'of a package in images of a name and tag',
    { product: 'pkg:oci/web?tag=2', component: curl },
    { 'shop/web:2': ['curl CVE-2', 'tar CVE-1'] },
  ],
  ['that something is affected', { product: curl, status: 'affected' }, {}],
  ['that something is looked into', { product: curl, status: 'under_investigation' }, {}],
  ['that there is a fix, of no version', { product: curl, status: 'fixed' }, {}],
  [
    'that a version is fixed',
    { product: `${curl}@7.88`, status: 'fixed' },
    {
      'shop/api:1': ['curl CVE-2'],
      'shop/web:1': ['curl CVE-2', 'tar CVE-1'],
      'shop/web:2': ['curl CVE-2', 'tar CVE-1'],
    },
  ],
])('believes a statement %s', async (_case, said, expected) => {
  expect((await upload(openvex([said]))).statusCode).toBe(201);

  expect(await shown()).toEqual({ ...all, ...expected });
  for (const [name, id] of Object.entries(projects)) {
    const counts = await countsOf(platform, id);
    const hidden = (all[name as keyof typeof all].length ?? 0) - (await issuesOf(platform, id)).length;
    expect(counts.hidden ?? 0).toBe(hidden);
  }
});

it('shows what does not affect with the statement, when asked', async () => {
  await upload(openvex([{ product: curl, justification: 'vulnerable_code_not_present' }]));

  const issues = await issuesOf(platform, projects['shop/api:1'], '&include_hidden=true');

  const issue = issues.find((one) => nameOf(one) === 'curl CVE-1');
  expect(issue?.attributes).toMatchObject({
    hidden_reason: 'not-affected',
    vex: {
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
      impact_statement: 'It is not built in.',
      author: 'Example',
      stated_at: '2026-01-01T00:00:00.000Z',
      document_id: 'https://example.com/one',
      document_version: '1',
      format: 'openvex',
      product: curl,
    },
  });
});

it('believes the newest statement', async () => {
  await upload(openvex([{ product: curl }], { id: 'old' }));
  await upload(
    openvex([{ product: curl, status: 'affected' }], { id: 'new', at: '2026-01-02T00:00:00Z' }),
    'new.json',
  );
  expect(await shown()).toEqual(all);

  await upload(openvex([{ product: curl }], { id: 'newest', at: '2026-01-03T00:00:00Z' }), 'newest.json');
  expect((await shown())['shop/api:1']).toEqual(['curl CVE-2']);
});

it('finds the vulnerability under another of its ids', async () => {
  const { db } = platform;
  await sql`insert into alias (id, group_id) values ('CVE-2', 'CVE-2'), ('GHSA-2', 'CVE-2')`.execute(db);

  await upload(openvex([{ product: curl, vulnerability: 'GHSA-2' }]));

  expect((await shown())['shop/api:1']).toEqual(['curl CVE-1']);
  await sql`delete from alias`.execute(db);
});

it('judges findings that come after the statement', async () => {
  const { db } = platform;
  await upload(openvex([{ product: curl }]));
  await sql`delete from finding_vex`.execute(db);

  await db.transaction().execute((transaction) => applyVexToPackages(transaction, packageIds));

  expect((await shown())['shop/api:1']).toEqual(['curl CVE-2']);
});

it('lists, shows, replaces and forgets documents', async () => {
  const path = `/rest/orgs/${platform.orgId}/vex_documents`;
  const first = await upload(openvex([{ product: curl }]));
  const { id } = documentOf(VexDocument).parse(first.json()).data;
  const document = openvex([{ product: curl }]);
  expect((await platform.request('GET', `${path}/${id}`)).json().data.attributes).toMatchObject({ document });

  expect((await upload(openvex([{ product: curl }], { at: '2025-01-01T00:00:00Z' }))).statusCode).toBe(409);
  const next = openvex([{ product: 'pkg:deb/debian/tar' }], { at: '2026-02-01T00:00:00Z' });
  expect((await upload(next)).statusCode).toBe(201);
  const list = pageOf(VexDocument).parse((await platform.request('GET', path)).json()).data;
  expect(list.map(({ attributes }) => attributes.statements)).toEqual([1]);
  expect((await shown())['shop/web:1']).toEqual(['curl CVE-1', 'curl CVE-2']);

  expect((await platform.request('DELETE', `${path}/${list[0]?.id}`)).statusCode).toBe(204);
  await work();
  expect(await shown()).toEqual(all);
  expect(await countsOf(platform, projects['shop/web:1'] ?? '')).toEqual({ high: 1, low: 2 });
});

it('keeps the documents of an organization from others', async () => {
  await upload(openvex([{ product: curl }]));
  const other = await platform.otherOrganization();
  await platform.db.updateTable('vex_document').set({ org_id: other }).execute();
  await work();

  expect(await shown()).toEqual(all);
  const path = `/rest/orgs/${platform.orgId}/vex_documents`;
  expect((await platform.request('GET', path)).json().data).toEqual([]);
});

it.each([
  ['no VEX document', { hello: 'world' }, 'no OpenVEX, CycloneDX or CSAF'],
  ['a document that says nothing', openvex([]), 'makes no statement'],
])('refuses %s', async (_case, document, message) => {
  const response = await upload(document);

  expect(response.statusCode).toBe(400);
  expect(response.json().errors[0].detail).toContain(message);
});

it('forgets a document whose file is gone from the folder, or holds another one', async () => {
  const { db } = platform;
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-vex-'));
  const write = (name: string, document: object) =>
    writeFileSync(join(folder, name), JSON.stringify(document));
  const spoken: (readonly string[])[] = [];
  const advisories = createAdvisories({
    db,
    log: createLogger({ name: 'test', level: 'silent' }),
    onChanged: async ({ spokenOf = [] }) => void spoken.push(spokenOf),
  });
  write('curl.json', openvex([{ product: curl }], { id: 'curl' }));
  write('tar.json', openvex([{ product: 'pkg:deb/debian/tar' }], { id: 'tar' }));
  await advisories.importFrom(folder);
  await work();
  expect((await shown())['shop/web:1']).toEqual(['curl CVE-2']);

  rmSync(join(folder, 'tar.json'));
  write('curl.json', openvex([{ product: curl, vulnerability: 'CVE-2' }], { id: 'another' }));
  await advisories.importFrom(folder);
  await work();

  expect(spoken).toEqual([['CVE-1'], ['CVE-1'], expect.arrayContaining(['CVE-1', 'CVE-2']), ['CVE-1']]);
  expect((await shown())['shop/web:1']).toEqual(['curl CVE-1', 'tar CVE-1']);
  rmSync(folder, { recursive: true });
});

it('believes a source about the products it is limited to, and looks again when that changes', async () => {
  const { db } = platform;
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-vex-'));
  const said = [{ product: curl }, { product: 'pkg:deb/debian/tar' }];
  writeFileSync(join(folder, 'all.json'), JSON.stringify(openvex(said)));
  const read = async (products: readonly string[]) => {
    const advisories = createAdvisories({
      db,
      log: createLogger({ name: 'test', level: 'silent' }),
      vexTrust: products.map((product) => ({ source: folder, product })),
      onChanged: async () => {},
    });
    const [report] = await advisories.importFrom(folder);
    await work();
    return { report, issues: (await shown())['shop/web:1'] };
  };

  const limited = await read(['pkg:deb/debian/tar']);
  const again = await read(['pkg:deb/debian/tar']);
  const other = await read(['pkg:oci/']);
  const unlimited = await read([]);

  expect(limited.issues).toEqual(['curl CVE-1', 'curl CVE-2']);
  expect(limited.report?.faults).toEqual([
    { name: 'all.json', reason: 'it is not believed about 1 of its products' },
  ]);
  expect(again.report?.isUnchanged).toBe(true);
  expect(other.issues).toEqual(['curl CVE-1', 'curl CVE-2', 'tar CVE-1']);
  expect(unlimited.issues).toEqual(['curl CVE-2']);
  rmSync(folder, { recursive: true });
});

it.each(['openvex', 'cyclonedx', 'csaf'])(
  'imports as %s what it exports, with the same effect',
  async (format) => {
    const { db, orgId } = platform;
    const policies = `/rest/orgs/${orgId}/policies`;
    const target = await db
      .selectFrom('target')
      .select('id')
      .where('name', '=', 'shop/web')
      .executeTakeFirstOrThrow();
    const places = [
      [['snyk/asset/finding/v1', 'CVE-2']],
      [
        ['snyk/asset/finding/v1', 'CVE-1'],
        ['plimsoll/package', 'pkg:deb/debian/tar'],
        ['plimsoll/target', target.id],
      ],
      [
        ['snyk/asset/finding/v1', 'CVE-1'],
        ['plimsoll/project', projects['shop/web:2'] ?? ''],
      ],
    ];
    for (const place of places) {
      const conditions = place.map(([field, value]) => ({ field, operator: 'includes', value }));
      const attributes = {
        action_type: 'ignore',
        action: { data: { ignore_type: 'not-vulnerable', reason: 'It is not called.' } },
        conditions_group: { logical_operator: 'and', conditions },
      };
      const body = { data: { type: 'policy', attributes } };
      expect((await platform.request('POST', policies, { body })).statusCode).toBe(201);
    }
    const open = { 'shop/web:1': ['curl CVE-1'], 'shop/web:2': [], 'shop/api:1': ['curl CVE-1'] };
    const exported = async (path: string) =>
      (await platform.request('GET', `/rest/orgs/${orgId}${path}/vex?format=${format}`)).json() as object;
    const ofOrg = await exported('');
    const ofProject = await exported(`/projects/${projects['shop/web:2']}`);
    await db.deleteFrom('ignore_rule').execute();

    await upload(ofOrg);
    expect(await shown()).toEqual(open);

    await sql`delete from vex_document`.execute(db);
    await upload(ofProject);
    // Both tags show the same image.
    expect(await shown()).toEqual({ ...all, 'shop/web:1': [], 'shop/web:2': [] });
  },
);
