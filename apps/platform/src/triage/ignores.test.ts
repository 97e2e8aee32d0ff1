import {
  documentOf,
  ignoreFields,
  IgnorePolicy,
  ignoreScopes,
  ignoreKinds,
  pageOf,
  ProjectPackage,
  Target,
} from '@plimsoll/contracts';
import { array, assert, asyncProperty, boolean, constantFrom, record } from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { addIntegration } from '../integrations/integration-store.ts';
import { addTestFinding, addTestProjects, testDigest } from '../projects/testing-images.ts';
import { deleteProjects } from '../projects/project-writes.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { regroupIgnores } from './ignore-store.ts';
import { countsOf, issuesOf, nameOf, openOnes, recountAll } from './testing-triage.ts';

let platform: TestPlatform;
let owner: { orgId: string; integrationId: string };
/** Projects by name; shop/web:1 and shop/web:2 show one image, shop/api:1 another. */
const projects: Record<string, string> = {};
const day = 24 * 3_600 * 1_000;

beforeAll(async () => {
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  owner = { orgId, integrationId: (await addIntegration(db, orgId, 'harbor-cr', 'registry')).id };
  const web = { digest: testDigest('a'), packages: ['tar@1.34', 'curl@7.88', 'zlib1g@1.2'] };
  await addTestProjects(db, owner, ['shop/web:1', 'shop/web:2'], web);
  await addTestProjects(db, owner, ['shop/api:1'], { digest: testDigest('b'), packages: ['curl@7.88'] });
  await addTestFinding(db, 'tar', { vulnerability: 'CVE-1', severity: 'low' });
  await addTestFinding(db, 'curl', { vulnerability: 'CVE-1', severity: 'low' });
  await addTestFinding(db, 'curl', {
    vulnerability: 'CVE-2',
    severity: 'high',
    fixState: 'fixed',
    fixedIn: '8',
  });
  await addTestFinding(db, 'zlib1g', { vulnerability: 'CVE-3', severity: 'high' });
  await addTestFinding(db, 'zlib1g', {
    vulnerability: 'CVE-4',
    severity: 'negligible',
    hiddenReason: 'negligible',
  });
  const rows = await db.selectFrom('project').select(['id', 'repository', 'tag']).execute();
  for (const { id, repository, tag } of rows) projects[`${repository}:${tag}`] = id;
});
afterAll(() => platform.stop());

beforeEach(async () => {
  await platform.db.deleteFrom('ignore_rule').execute();
  platform.clock.now = new Date();
  await recountAll(platform);
});

const idOf = (name: string) => projects[name] ?? '';

type Wanted = {
  about: string;
  package?: string;
  project?: string;
  target?: string;
  data?: Partial<IgnorePolicy['attributes']['action']['data']>;
};

async function post({ about, package: pkg, project, target, data }: Wanted, token?: string) {
  const condition = (field: string, value: string) => ({ field, operator: 'includes', value });
  const conditions = [
    condition(ignoreFields.finding, about),
    ...(pkg === undefined ? [] : [condition(ignoreFields.package, pkg)]),
    ...(project === undefined ? [] : [condition(ignoreFields.project, project)]),
    ...(target === undefined ? [] : [condition(ignoreFields.target, target)]),
  ];
  const attributes = {
    action_type: 'ignore',
    action: { data: { ignore_type: 'wont-fix', ...data } },
    conditions_group: { logical_operator: 'and', conditions },
  };
  return await platform.request('POST', `/rest/orgs/${platform.orgId}/policies`, {
    body: { data: { type: 'policy', attributes } },
    ...(token !== undefined && { token }),
  });
}

async function ignore(wanted: Wanted): Promise<IgnorePolicy> {
  const response = await post(wanted);
  expect(response.statusCode).toBe(201);
  return documentOf(IgnorePolicy).parse(response.json()).data;
}

async function unignore(policy: IgnorePolicy): Promise<void> {
  const url = `/rest/orgs/${platform.orgId}/policies/${policy.id}`;
  expect((await platform.request('DELETE', url)).statusCode).toBe(204);
}

const targetId = async () => {
  const { id } = await platform.db
    .selectFrom('target')
    .select('id')
    .where('name', '=', 'shop/web')
    .executeTakeFirstOrThrow();
  return id;
};

const all = {
  'shop/web:1': ['curl CVE-1', 'curl CVE-2', 'tar CVE-1', 'zlib1g CVE-3'],
  'shop/web:2': ['curl CVE-1', 'curl CVE-2', 'tar CVE-1', 'zlib1g CVE-3'],
  'shop/api:1': ['curl CVE-1', 'curl CVE-2'],
};

const openIn = async () =>
  Object.fromEntries(
    await Promise.all(
      Object.keys(all).map(async (name) => [name, openOnes(await issuesOf(platform, idOf(name)))] as const),
    ),
  );

it('ignores a vulnerability where its scope says, and nowhere else', async () => {
  const image = await ignore({ about: 'CVE-1', project: idOf('shop/web:1') });
  expect(await openIn()).toEqual({ ...all, 'shop/web:1': ['curl CVE-2', 'zlib1g CVE-3'] });
  await unignore(image);

  const repository = await ignore({ about: 'CVE-2', target: await targetId() });
  const withoutCurl = ['curl CVE-1', 'tar CVE-1', 'zlib1g CVE-3'];
  expect(await openIn()).toEqual({ ...all, 'shop/web:1': withoutCurl, 'shop/web:2': withoutCurl });
  await unignore(repository);

  await ignore({ about: 'CVE-1', package: 'pkg:deb/debian/curl@7.88' });
  const withoutOne = ['curl CVE-2', 'tar CVE-1', 'zlib1g CVE-3'];
  expect(await openIn()).toEqual({
    'shop/web:1': withoutOne,
    'shop/web:2': withoutOne,
    'shop/api:1': ['curl CVE-2'],
  });
});

it('tells with the issue who ignored it, why and until when', async () => {
  const [issue] = (await issuesOf(platform, idOf('shop/web:1'))).filter((one) => nameOf(one) === 'tar CVE-1');
  const expires = new Date(platform.clock.now.getTime() + day).toISOString();
  const data = { ignore_type: 'temporary-ignore' as const, reason: 'after the release', expires };
  const policy = await ignore({ about: issue?.id ?? '', project: idOf('shop/web:1'), data });

  const response = await platform.request('GET', `/rest/orgs/${platform.orgId}/issues/${issue?.id}`);

  expect(response.json().data.attributes).toMatchObject({
    ignored: true,
    ignore: {
      policy_id: policy.id,
      ignore_type: 'temporary-ignore',
      reason: 'after the release',
      expires,
      scope: 'project',
      created_by: { name: 'admin' },
    },
  });
  expect(policy).toMatchObject({
    attributes: { name: 'CVE-1 in shop/web:1', conditions_group: { logical_operator: 'and' } },
    meta: { scope: 'project', scope_name: 'shop/web:1', is_expired: false },
  });
  expect(await issuesOf(platform, idOf('shop/web:1'), '&ignored=true')).toHaveLength(1);
  expect(await issuesOf(platform, undefined, '&ignored=false')).toHaveLength(9);
});

it('takes ignored issues out of the counters of images, packages and repositories', async () => {
  const { db, clock, orgId } = platform;
  const project = idOf('shop/web:1');
  expect(await countsOf(platform, project)).toEqual({ high: 2, low: 2, hidden: 1 });
  await ignore({ about: 'CVE-1', project });
  expect(await countsOf(platform, project)).toEqual({ high: 2, ignored: 2, hidden: 1 });

  const expires = new Date(clock.now.getTime() + day).toISOString();
  await ignore({ about: 'CVE-3', data: { expires } });
  await ignore({ about: 'CVE-4' });
  await recountAll(platform);

  expect(await countsOf(platform, project)).toEqual({ high: 1, ignored: 3, hidden: 1 });
  expect(await countsOf(platform, idOf('shop/web:2'))).toEqual({ high: 1, low: 2, ignored: 1, hidden: 1 });
  const packages = await platform.request('GET', `/rest/orgs/${orgId}/projects/${project}/packages`);
  const zlib = pageOf(ProjectPackage)
    .parse(packages.json())
    .data.find(({ attributes }) => attributes.name === 'zlib1g');
  expect(zlib?.attributes.issue_counts).toMatchObject({ high: 0, ignored: 1, hidden: 1 });

  const repositories = async (more = '') => {
    const response = await platform.request('GET', `/rest/orgs/${orgId}/targets?${more}`);
    return pageOf(Target).parse(response.json()).data;
  };
  await ignore({ about: 'CVE-2', data: { expires } });
  await recountAll(platform);
  expect(await repositories('effective_severity_level=high')).toEqual([]);
  // Nobody counts again, and still all of it is there at the very instant.
  clock.now = new Date(expires);
  expect(await repositories('effective_severity_level=high')).toHaveLength(2);
  expect(await countsOf(platform, project)).toEqual({ high: 2, ignored: 2, hidden: 1 });
  const { rows } = await sql`select from project where issue_ignored is not null`.execute(db);
  expect(rows).toHaveLength(3);
});

it('ends an ignore at the instant of its expiry, and not before', async () => {
  const project = idOf('shop/api:1');
  const expires = new Date(platform.clock.now.getTime() + day);
  await ignore({ about: 'CVE-1', project, data: { expires: expires.toISOString() } });

  platform.clock.now = new Date(expires.getTime() - 1);
  expect(openOnes(await issuesOf(platform, project))).toEqual(['curl CVE-2']);
  expect(await countsOf(platform, project)).toEqual({ high: 1, ignored: 1 });
  platform.clock.now = expires;
  expect(openOnes(await issuesOf(platform, project))).toEqual(all['shop/api:1']);
  expect(await countsOf(platform, project)).toEqual({ high: 1, low: 1 });
});

it('ends an ignore that holds until there is a fix when a fix appears', async () => {
  const project = idOf('shop/api:1');
  const data = { disregard_if_fixable: true };
  await ignore({ about: 'CVE-1', project, data });
  // This one has a fix already.
  await ignore({ about: 'CVE-2', project, data });
  expect(openOnes(await issuesOf(platform, project))).toEqual(['curl CVE-2']);

  const fixes = platform.db.updateTable('finding').where('vulnerability', '=', 'CVE-1');
  await fixes.set({ fixed_in: '8' }).execute();
  expect(openOnes(await issuesOf(platform, project))).toEqual(all['shop/api:1']);
  await recountAll(platform);
  expect(await countsOf(platform, project)).toEqual({ high: 1, low: 1 });
  await fixes.set({ fixed_in: null }).execute();
});

it('holds for an image that is deleted and comes back, and for whatever a tag moves to', async () => {
  const { db } = platform;
  const image = { digest: testDigest('c'), packages: ['tar@1.34'] };
  const [before = ''] = await addTestProjects(db, owner, ['shop/job:1'], image);
  await ignore({ about: 'CVE-1', project: before });
  await db.transaction().execute((transaction) => deleteProjects(transaction, [before]));

  const [after = ''] = await addTestProjects(db, owner, ['shop/job:1'], {
    digest: testDigest('d'),
    packages: ['tar@1.34', 'curl@7.88'],
  });

  expect(openOnes(await issuesOf(platform, after))).toEqual(['curl CVE-2']);
  expect(await countsOf(platform, after)).toEqual({ high: 1, ignored: 2 });
  await db.transaction().execute((transaction) => deleteProjects(transaction, [after]));
});

it('follows a vulnerability that gets another id', async () => {
  const { db } = platform;
  const project = idOf('shop/web:1');
  await addTestFinding(db, 'tar', { vulnerability: 'GHSA-9', severity: 'medium' });
  await ignore({ about: 'GHSA-9' });

  await db
    .insertInto('alias')
    .values(['GHSA-9', 'CVE-9'].map((id) => ({ id, group_id: 'CVE-9' })))
    .execute();
  await regroupIgnores(db, ['GHSA-9', 'CVE-9']);
  const finding = db.updateTable('finding').where('vulnerability', '=', 'GHSA-9');
  await finding.set({ vulnerability: 'CVE-9' }).execute();

  expect(openOnes(await issuesOf(platform, project))).toEqual(all['shop/web:1']);
  // A rule made by the new id knows the old one too.
  const byOld = `/rest/orgs/${platform.orgId}/policies?vulnerability=GHSA-9`;
  await ignore({ about: 'CVE-9' });
  expect(pageOf(IgnorePolicy).parse((await platform.request('GET', byOld)).json()).data).toHaveLength(2);
  await db.deleteFrom('finding').where('vulnerability', '=', 'CVE-9').execute();
});

it('changes a rule', async () => {
  const policy = await ignore({ about: 'CVE-1', data: { reason: 'noise' } });
  const patch = async (data: object) =>
    await platform.request('PATCH', `/rest/orgs/${platform.orgId}/policies/${policy.id}`, {
      body: { data: { type: 'policy', attributes: { action: { data } } } },
    });
  const expires = new Date(platform.clock.now.getTime() + day).toISOString();

  expect((await patch({ expires })).json().data.attributes.action.data).toMatchObject({
    reason: 'noise',
    expires,
  });
  const forGood = (await patch({ expires: null, ignore_type: 'not-vulnerable' })).json();
  expect(forGood.data.attributes.action.data).toEqual({
    ignore_type: 'not-vulnerable',
    reason: 'noise',
    disregard_if_fixable: false,
  });
  expect((await patch({ expires: '2020-01-01T00:00:00Z' })).statusCode).toBe(400);
});

it.each([
  ['a past expiry', { about: 'CVE-1', data: { expires: '2020-01-01T00:00:00Z' } }, 'future'],
  ['an unknown issue', { about: '0000ffff-0000-8000-8000-00000000ffff' }, 'does not exist'],
  ['an unknown project', { about: 'CVE-1', project: testDigest('a') }, 'does not exist'],
  ['a package without a purl', { about: 'CVE-1', package: 'tar' }, 'purl'],
])('refuses %s', async (_case, wanted, message) => {
  const response = await post(wanted);

  expect(response.statusCode).toBe(400);
  expect(response.json().errors[0].detail).toContain(message);
});

it('lets only those ignore who may', async () => {
  const statuses: Record<string, number> = {};
  for (const role of ['viewer', 'sync', 'collaborator'] as const) {
    statuses[role] = (await post({ about: 'CVE-1' }, await platform.tokenOf(role))).statusCode;
  }

  expect(statuses).toEqual({ viewer: 403, sync: 403, collaborator: 201 });
});

it('keeps the rules of an organization from others', async () => {
  const other = await platform.otherOrganization();
  const policy = await ignore({ about: 'CVE-1' });
  await platform.db.updateTable('ignore_rule').set({ org_id: other }).where('id', '=', policy.id).execute();
  await platform.db.updateTable('ignored_vulnerability').set({ org_id: other }).execute();

  expect(await openIn()).toEqual(all);
  const url = `/rest/orgs/${platform.orgId}/policies/${policy.id}`;
  expect((await platform.request('GET', url)).statusCode).toBe(404);
  expect((await platform.request('DELETE', url)).statusCode).toBe(404);
});

it('has ignores of v1: made, listed, replaced and taken back', async () => {
  const project = idOf('shop/web:1');
  const base = `/v1/org/${platform.orgId}/project/${project}`;
  const headers = { 'content-type': 'application/json' };
  const body = {
    ignorePath: '',
    reason: 'not reachable',
    reasonType: 'not-vulnerable',
    disregardIfFixable: false,
  };

  const made = await platform.request('POST', `${base}/ignore/CVE-1`, { body, headers });
  expect(made.json()).toEqual([
    {
      '*': {
        reason: 'not reachable',
        reasonType: 'not-vulnerable',
        created: expect.any(String),
        disregardIfFixable: false,
        ignoredBy: { id: expect.any(String), name: 'admin' },
      },
    },
  ]);
  expect(openOnes(await issuesOf(platform, project))).toEqual(['curl CVE-2', 'zlib1g CVE-3']);
  expect(Object.keys((await platform.request('GET', `${base}/ignores`)).json())).toEqual(['CVE-1']);

  const two = [body, { ...body, reasonType: 'wont-fix' }];
  const replaced = await platform.request('PUT', `/api${base}/ignore/CVE-1`, { body: two, headers });
  expect(replaced.json()).toHaveLength(2);
  const [issue] = (await issuesOf(platform, project)).filter((one) => nameOf(one) === 'curl CVE-2');
  await platform.request('POST', `${base}/ignore/${issue?.id}`, { body, headers });
  expect(openOnes(await issuesOf(platform, project))).toEqual(['zlib1g CVE-3']);

  const aggregated = await platform.request('POST', `${base}/aggregated-issues`, { body: {}, headers });
  expect(aggregated.json().issues).toContainEqual(
    expect.objectContaining({
      id: 'CVE-2',
      isIgnored: true,
      ignoreReasons: [{ reason: 'not reachable', source: 'api' }],
    }),
  );

  expect((await platform.request('DELETE', `${base}/ignore/CVE-1`)).statusCode).toBe(200);
  expect((await platform.request('DELETE', `${base}/ignore/CVE-1`)).statusCode).toBe(404);
  expect((await platform.request('GET', `${base}/ignore/${issue?.id}`)).json()).toHaveLength(1);
  expect(await countsOf(platform, project)).toEqual({ high: 1, low: 2, ignored: 1, hidden: 1 });
});

it('gives the same lists and counters after ignoring and taking back, whatever was ignored in between', async () => {
  const wantedOf = record(
    {
      about: constantFrom('CVE-1', 'CVE-2', 'CVE-3', 'CVE-4', 'CVE-5'),
      scope: constantFrom(...ignoreScopes),
      package: constantFrom('pkg:deb/debian/curl', 'pkg:deb/debian/tar'),
      data: record({ ignore_type: constantFrom(...ignoreKinds), disregard_if_fixable: boolean() }),
    },
    { requiredKeys: ['about', 'scope', 'data'] },
  );
  const state = async () => {
    await recountAll(platform);
    const counts = await Promise.all(Object.keys(all).map((name) => countsOf(platform, idOf(name))));
    return { issues: await issuesOf(platform), counts };
  };
  const before = await state();
  const target = await targetId();

  await assert(
    asyncProperty(array(wantedOf, { minLength: 1, maxLength: 4 }), async (wanted) => {
      const made: IgnorePolicy[] = [];
      for (const { scope, ...one } of wanted) {
        const place =
          scope === 'project' ? { project: idOf('shop/web:1') } : scope === 'target' ? { target } : {};
        made.push(await ignore({ ...one, ...place }));
      }
      const during = await state();
      // Counters agree with lists, always.
      for (const [index, name] of Object.keys(all).entries()) {
        const issues = (await issuesOf(platform, idOf(name))).filter((one) => !one.attributes.ignored);
        const { ignored = 0, hidden: _hidden, ...open } = during.counts[index] ?? {};
        expect(Object.values(open).reduce<number>((sum, count) => sum + Number(count), 0)).toBe(
          issues.length,
        );
        expect(ignored).toBe((await issuesOf(platform, idOf(name), '&ignored=true')).length);
      }
      for (const policy of made) await unignore(policy);
      expect(await state()).toEqual(before);
    }),
    { numRuns: 15 },
  );
});
