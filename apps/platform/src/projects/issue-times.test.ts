import { Issue, pageOf } from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addIntegration } from '../integrations/integration-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { addTestFinding, addTestProjects, testDigest } from './testing-images.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  const { id: integrationId } = await addIntegration(db, orgId, 'oci', 'registry');
  const image = { digest: testDigest('a'), packages: ['bash@5'] };
  await addTestProjects(db, { orgId, integrationId }, ['shop/web:1'], image);
  for (const [vulnerability, created, updated] of [
    ['CVE-1', '2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z'],
    ['CVE-2', '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z'],
  ] as const) {
    await addTestFinding(db, 'bash', { vulnerability, severity: 'high' });
    await db
      .updateTable('finding')
      .set({ created_at: new Date(created), updated_at: new Date(updated) })
      .where('vulnerability', '=', vulnerability)
      .execute();
  }
});

afterAll(() => platform.stop());

it.each([
  ['created_after=2026-01-01T00:00:00Z', ['CVE-2']],
  ['created_before=2026-03-01T00:00:00Z', ['CVE-1']],
  ['created_after=2025-12-31T00:00:00Z&created_before=2026-03-02T00:00:00Z', ['CVE-1', 'CVE-2']],
  ['updated_after=2026-03-01T00:00:00Z', ['CVE-1']],
  ['updated_before=2026-04-01T00:00:00Z', ['CVE-2']],
])('finds issues by their times: %s', async (query, keys) => {
  const answer = await platform.request('GET', `/rest/orgs/${platform.orgId}/issues?${query}`);

  expect(
    pageOf(Issue)
      .parse(answer.json())
      .data.map(({ attributes }) => attributes.key),
  ).toEqual(keys);
});

it('refuses what is no time', async () => {
  const answer = await platform.request('GET', `/rest/orgs/${platform.orgId}/issues?created_after=yesterday`);

  expect(answer.statusCode).toBe(400);
});
