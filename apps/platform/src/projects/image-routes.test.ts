import { documentOf, pageOf, Project, ProjectImage, ProjectPackage } from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addIntegration } from '../integrations/integration-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { addTestProjects, testDigest, testInventory } from './testing-images.ts';

let platform: TestPlatform;
let org: string;

const layer = (letter: string, createdBy: string) => ({
  digest: testDigest(letter),
  diffId: testDigest(letter),
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  sizeBytes: 1_000,
  createdBy,
  createdAt: '2025-01-01T00:00:00Z',
});
const rootfs = layer('1', 'ADD rootfs.tar /');
const install = layer('2', 'RUN apt-get install curl');
const [bash, curl] = testInventory(testDigest('b'), ['bash@5.2', 'curl@7.88']).packages;

beforeAll(async () => {
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  org = `/rest/orgs/${orgId}`;
  const owner = { orgId, integrationId: (await addIntegration(db, orgId, 'oci', 'registry')).id };
  await addTestProjects(db, owner, ['library/debian:12'], {
    digest: testDigest('a'),
    packages: ['bash@5.2'],
    more: { layers: [rootfs] },
  });
  await addTestProjects(db, owner, ['shop/web:1.0'], {
    digest: testDigest('b'),
    packages: [],
    more: {
      layers: [rootfs, install],
      packages: [
        { ...bash!, layer: rootfs.digest },
        { ...curl!, layer: install.digest },
        {
          purl: 'pkg:npm/ws@8',
          type: 'npm',
          name: 'ws',
          version: '8',
          evidence: 'sbom',
          claimedBy: ['sbom.json'],
          locations: [],
        },
      ],
      config: { user: 'app', entrypoint: ['/app'], exposedPorts: ['80/tcp'], labels: { a: 'b' } },
      history: [
        { createdBy: 'ADD rootfs.tar /', layer: 0 },
        { createdBy: 'ENV A=B' },
        { createdBy: 'RUN apt-get install curl', layer: 1 },
      ],
      sboms: [{ source: 'file', path: 'sbom.json', format: 'cyclonedx', trust: 'unsigned', packages: 1 }],
    },
  });
  await addTestProjects(db, owner, ['shop/unread:1.0']);
});

afterAll(() => platform.stop());

async function get(url: string) {
  const response = await platform.request('GET', `${org}${url}`);
  return { status: response.statusCode, body: response.json() as unknown };
}

async function projectNamed(name: string): Promise<Project> {
  const [project] = pageOf(Project).parse((await get(`/projects?names=${name}`)).body).data;
  return project!;
}

it('shows config, history and layers of an image, and what it was built from', async () => {
  const { id } = await projectNamed('shop/web:1.0');

  const { data } = documentOf(ProjectImage).parse((await get(`/projects/${id}/image`)).body);

  expect(data.attributes).toMatchObject({
    digest: testDigest('b'),
    config: { user: 'app', entrypoint: ['/app'], exposedPorts: ['80/tcp'], labels: { a: 'b' } },
    base: {
      name: 'library/debian:12',
      digest: testDigest('a'),
      found_by: 'layers',
      layers: 1,
      projects: ['library/debian:12'],
    },
    layers: [
      { digest: rootfs.digest, created_by: 'ADD rootfs.tar /', package_count: 1, in_base_image: true },
      { digest: install.digest, size_bytes: 1_000, package_count: 1, in_base_image: false },
    ],
    history: [{ layer: 0 }, { created_by: 'ENV A=B' }, { layer: 1 }],
    sboms: [{ path: 'sbom.json', trust: 'unsigned' }],
  });
});

it('tells of a project and its packages what comes from the base image', async () => {
  const project = await projectNamed('shop/web:1.0');
  const { data } = pageOf(ProjectPackage).parse((await get(`/projects/${project.id}/packages`)).body);

  expect(project.meta.image.base).toMatchObject({ name: 'library/debian:12', layers: 1 });
  expect((await projectNamed('library/debian:12')).meta.image).not.toHaveProperty('base');
  expect(
    data.map(({ attributes }) => [attributes.name, attributes.layer_index, attributes.in_base_image]),
  ).toEqual([
    ['bash', 0, true],
    ['curl', 1, false],
    ['ws', -1, undefined],
  ]);
  expect(data[2]?.attributes).toMatchObject({ evidence: 'sbom', claimed_by: ['sbom.json'] });
});

it('knows no image of a project that was not read yet', async () => {
  const { id } = await projectNamed('shop/unread:1.0');

  expect((await get(`/projects/${id}/image`)).status).toBe(404);
});
