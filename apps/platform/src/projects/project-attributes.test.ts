import { documentOf, pageOf, Project, Target } from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addIntegration } from '../integrations/integration-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { addTestProjects, testDigest, testInventory } from './testing-images.ts';

let platform: TestPlatform;
let org: string;
let ids: readonly string[];

beforeAll(async () => {
  platform = await startTestPlatform();
  org = `/rest/orgs/${platform.orgId}`;
  const { id: integrationId } = await addIntegration(platform.db, platform.orgId, 'oci', 'registry');
  const owner = { orgId: platform.orgId, integrationId };
  const debian = { digest: testDigest('a'), packages: ['bash@5'] };
  const alpine = {
    digest: testDigest('b'),
    packages: ['musl@1'],
    more: { os: { ...testInventory('', []).os, id: 'alpine', versionId: '3.20' } },
  };
  ids = [
    ...(await addTestProjects(platform.db, owner, ['shop/web:1'], debian)),
    ...(await addTestProjects(platform.db, owner, ['shop/api:1'], alpine)),
    ...(await addTestProjects(platform.db, owner, ['shop/new:1'])),
  ];
});

afterAll(() => platform.stop());

async function patch(id: string | undefined, attributes: object) {
  const body = { data: { type: 'project', attributes } };
  return await platform.request('PATCH', `${org}/projects/${id}`, { body });
}

async function names(query: string): Promise<string[]> {
  const answer = await platform.request('GET', `${org}/projects?${query}`);
  return pageOf(Project)
    .parse(answer.json())
    .data.map(({ attributes }) => attributes.name);
}

it('keeps what a person says of a project, and changes only what is told', async () => {
  const said = {
    tags: [
      { key: 'team', value: 'shop' },
      { key: 'url', value: 'https://example.test/a' },
    ],
    business_criticality: ['high'],
    environment: ['frontend', 'hosted'],
    lifecycle: ['production'],
  };
  const changed = await patch(ids[0], said);
  const later = await patch(ids[0], { lifecycle: [] });

  expect(documentOf(Project).parse(changed.json()).data.attributes).toMatchObject(said);
  expect(documentOf(Project).parse(later.json()).data.attributes).toMatchObject({ ...said, lifecycle: [] });
});

it('finds projects by what was said of them', async () => {
  await patch(ids[0], { tags: [{ key: 'team', value: 'shop' }], lifecycle: ['production'] });
  await patch(ids[1], {
    tags: [
      { key: 'team', value: 'shop' },
      { key: 'tier', value: '1' },
    ],
    business_criticality: ['critical'],
    lifecycle: ['sandbox'],
  });

  expect(await names('tags=team:shop')).toEqual(['shop/api:1', 'shop/web:1']);
  expect(await names('tags=team:shop,tier:1')).toEqual(['shop/api:1']);
  expect(await names('tags=team')).toEqual([]);
  expect(await names('lifecycle=production,development')).toEqual(['shop/web:1']);
  expect(await names('business_criticality=critical')).toEqual(['shop/api:1']);
  expect(await names('environment=mobile')).toEqual([]);
});

it('finds projects by the system of their image', async () => {
  expect(await names('types=deb')).toEqual(['shop/web:1']);
  expect(await names('types=apk,deb')).toEqual(['shop/api:1', 'shop/web:1']);
  expect(await names('types=linux')).toEqual(['shop/new:1']);
  expect(await names('types=npm')).toEqual([]);
});

it('shows the repository within a project when that is asked for', async () => {
  const answer = await platform.request('GET', `${org}/projects?ids=${ids[0]}&expand=target`);
  const [project] = pageOf(Project).parse(answer.json()).data;

  expect(project?.relationships.target.data).toMatchObject({
    type: 'target',
    attributes: { display_name: 'shop/web' },
  });
});

it.each([
  [{ tags: [{ key: 'a:b', value: 'c' }] }],
  [{ tags: [{ key: '', value: 'c' }] }],
  [{ business_criticality: ['very'] }],
  [{ lifecycle: 'production' }],
])('refuses %j', async (attributes) => {
  expect((await patch(ids[0], attributes)).statusCode).toBe(400);
});

it('finds repositories that came since a time', async () => {
  const list = async (since: string) =>
    pageOf(Target).parse((await platform.request('GET', `${org}/targets?created_gte=${since}`)).json()).data;

  expect(await list('2020-01-01T00:00:00Z')).toHaveLength(3);
  expect(await list('2099-01-01T00:00:00Z')).toHaveLength(0);
});
