import { documentOf, pageOf, Project, SbomDocument, sbomFormats } from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addIntegration } from '../integrations/integration-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { addTestProjects, testDigest } from './testing-images.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  const owner = { orgId, integrationId: (await addIntegration(db, orgId, 'oci', 'registry')).id };
  const image = { digest: testDigest('a'), packages: ['bash@5.2', 'curl@7.88'] };
  await addTestProjects(db, owner, ['shop/web:1.0'], image);
  await addTestProjects(db, owner, ['shop/unread:1.0']);
});

afterAll(() => platform.stop());

async function sbomOf(name: string, query = '') {
  const org = `/rest/orgs/${platform.orgId}`;
  const listed = (await platform.request('GET', `${org}/projects?names=${name}`)).json<unknown>();
  const [project] = pageOf(Project).parse(listed).data;
  return await platform.request('GET', `${org}/projects/${project?.id}/sbom${query}`);
}

/** A format as a query carries it. */
const formatQuery = (format: string) => `?format=${encodeURIComponent(format)}`;

it.each([
  ...['1.4', '1.5', '1.6'].flatMap((version) => [
    [
      `cyclonedx${version}+json`,
      `application/vnd.cyclonedx+json; version=${version}`,
      `"specVersion": "${version}"`,
    ],
    [
      `cyclonedx${version}+xml`,
      `application/vnd.cyclonedx+xml; version=${version}`,
      `xmlns="http://cyclonedx.org/schema/bom/${version}"`,
    ],
  ]),
  ['spdx2.3+json', 'application/spdx+json', '"spdxVersion": "SPDX-2.3"'],
])('exports the image of a project as %s', async (format = '', mediaType = '', version = '') => {
  const answer = await sbomOf('shop/web:1.0', formatQuery(format));

  expect(answer.statusCode).toBe(200);
  expect(String(answer.headers['content-type']).replaceAll('"', '')).toContain(mediaType);
  expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="sbom-[\w-]+\.(json|xml)"$/);
  for (const text of [version, 'shop/web:1.0', 'bash', 'curl', '7.88']) expect(answer.body).toContain(text);
  expect(answer.body).not.toContain('packageId');
});

it('gives the same document each time, so that documents can be compared', async () => {
  const ask = async () => (await sbomOf('shop/web:1.0', formatQuery('spdx2.3+json'))).body;

  expect(await ask()).toBe(await ask());
});

it('tells which formats there are when none is asked for, or one that there is not', async () => {
  const { data } = documentOf(SbomDocument).parse((await sbomOf('shop/web:1.0')).json());
  const unknown = await sbomOf('shop/web:1.0', formatQuery('cyclonedx1.3+json'));

  expect(data.attributes.formats).toEqual([...sbomFormats]);
  expect(unknown.statusCode).toBe(400);
  expect(unknown.body).toContain('cyclonedx1.6+json');
});

it('says that an image was not read yet', async () => {
  const answer = await sbomOf('shop/unread:1.0', formatQuery('spdx2.3+json'));

  expect(answer.statusCode).toBe(404);
  expect(answer.body).toContain('not read yet');
});
