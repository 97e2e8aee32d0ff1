import { V1CloneAnswer, V1Project, V1Snapshots } from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addIntegration } from '../integrations/integration-store.ts';
import { addOrganization } from '../organizations/organization-store.ts';
import { isTombstoned } from '../sync/tombstone-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { addTestFinding, addTestProjects, testDigest } from './testing-images.ts';

let platform: TestPlatform;
let integrationId: string;
let otherId: string;
let headers: { cookie: string };

beforeAll(async () => {
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  integrationId = (await addIntegration(db, orgId, 'harbor-cr', 'Harbor')).id;
  const admin = await db.selectFrom('person').select('id').executeTakeFirstOrThrow();
  otherId = (await addOrganization(db, 'Second harbour', admin.id)).id;
  headers = { cookie: await platform.signIn() };
});

afterAll(() => platform.stop());

/** A request of somebody who is an admin of both organizations. */
const ask = (method: 'GET' | 'POST' | 'PUT', url: string, body?: object) =>
  platform.request(method, url, { token: null, headers, ...(body && { body }) });

async function project(name: string, letter: string): Promise<string> {
  const image = { digest: testDigest(letter), packages: ['openssl@3.0.1'] };
  const owner = { orgId: platform.orgId, integrationId };
  const [id = ''] = await addTestProjects(platform.db, owner, [name], image);
  await addTestFinding(platform.db, 'openssl', { vulnerability: `CVE-2026-${letter}`, severity: 'high' });
  return id;
}

const move = (id: string, targetOrgId = otherId) =>
  ask('PUT', `/v1/org/${platform.orgId}/project/${id}/move`, { targetOrgId });

it('says that a project cannot move where its registry is not connected', async () => {
  const answer = await move(await project('team/lonely:1.0', 'e'));

  expect(answer.statusCode).toBe(409);
  expect(answer.body).toContain('clone the integration first');
});

it('clones a registry into another organization, with a broker token of its own', async () => {
  const clone = `/v1/org/${platform.orgId}/integrations/${integrationId}/clone`;
  const answer = await ask('POST', clone, { destinationOrgPublicId: otherId });
  const { newIntegrationId, brokerToken } = V1CloneAnswer.parse(answer.json());

  expect((await ask('GET', `/v1/org/${otherId}/integrations`)).json()).toEqual({
    'harbor-cr': newIntegrationId,
  });
  expect(newIntegrationId).not.toBe(integrationId);
  expect(brokerToken).toMatch(/^plm_b_/);
  // The admin's service account belongs to one organization only.
  const stranger = await platform.request('POST', clone, { body: { destinationOrgPublicId: otherId } });
  expect(stranger.statusCode).toBe(404);
});

it('moves a project with its image, issues and id, and keeps the former sync from bringing it back', async () => {
  const id = await project('team/app:1.0', 'a');
  const answer = await move(id);
  const there = V1Project.parse((await ask('GET', `/v1/org/${otherId}/project/${id}`)).json());

  expect(answer.json()).toEqual({
    originOrg: platform.orgId,
    destinationOrg: otherId,
    movedProject: id,
  });
  expect((await ask('GET', `/v1/org/${platform.orgId}/project/${id}`)).statusCode).toBe(404);
  expect(there).toMatchObject({ name: 'team/app:1.0', imageId: testDigest('a'), totalDependencies: 1 });
  expect(there.issueCountsBySeverity.high).toBeGreaterThan(0);
  const image = { repository: 'team/app', tag: '1.0' };
  expect(await isTombstoned(platform.db, integrationId, image)).toBe(true);
  const history = await ask('POST', `/v1/org/${otherId}/project/${id}/history`, {});
  expect(V1Snapshots.parse(history.json()).total).toBe(1);
  const targets = await platform.db
    .selectFrom('target')
    .select('name')
    .where('name', '=', 'team/app')
    .execute();
  expect(targets).toHaveLength(1);
});

it('moves no project to where its name is taken, nor for those who may not', async () => {
  const again = await project('team/app:1.0', 'b');

  expect((await move(again)).statusCode).toBe(409);
  const token = await platform.tokenOf('collaborator');
  const url = `/v1/org/${platform.orgId}/project/${again}/move`;
  expect((await platform.request('PUT', url, { token, body: { targetOrgId: otherId } })).statusCode).toBe(
    404,
  );
  const viewer = await platform.tokenOf('viewer');
  expect(
    (await platform.request('PUT', url, { token: viewer, body: { targetOrgId: otherId } })).statusCode,
  ).toBe(403);
});
