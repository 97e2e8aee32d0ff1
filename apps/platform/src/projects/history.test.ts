import { V1Snapshots } from '@plimsoll/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addIntegration } from '../integrations/integration-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { attachKnown } from './project-writes.ts';
import { forgetSnapshotsJob } from './project-history.ts';
import { refreshCounts } from './refresh-counts.ts';
import { addTestFinding, addTestProjects, testDigest } from './testing-images.ts';

let platform: TestPlatform;
let projectId: string;
let history: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  const owner = { orgId, integrationId: (await addIntegration(db, orgId, 'oci', 'registry')).id };
  const first = { digest: testDigest('a'), packages: ['openssl@3.0.1', 'bash@5.2'] };
  [projectId = ''] = await addTestProjects(db, owner, ['team/app:1.0'], first);
  await addTestFinding(db, 'openssl', { vulnerability: 'CVE-2026-1', severity: 'critical' });
  const image = await db.selectFrom('image').select('id').executeTakeFirstOrThrow();
  await refreshCounts(db, [image.id]);
  history = `/v1/org/${orgId}/project/${projectId}/history`;
  for (const letter of ['b', 'c']) {
    const digest = testDigest(letter);
    await addTestProjects(db, owner, [`other/${letter}:1`], { digest, packages: ['bash@5.2'] });
    const { id: imageId } = await db
      .selectFrom('image')
      .select('id')
      .where('digest', '=', digest)
      .executeTakeFirstOrThrow();
    await attachKnown(db, [{ projectId, imageId, scannedAt: new Date() }]);
    await refreshCounts(db, [imageId]);
    // The same image again is no news.
    await attachKnown(db, [{ projectId, imageId, scannedAt: new Date() }]);
  }
});

afterAll(() => platform.stop());

async function ask(query = '', body?: object) {
  const answer = await platform.request('POST', `${history}${query}`, body ? { body } : {});
  return V1Snapshots.parse(answer.json());
}

it('tells what a project shows and showed, with the counts of then', async () => {
  const { snapshots, total } = await ask();

  expect(total).toBe(3);
  expect(snapshots.map((one) => [one.imageId, one.totalDependencies, one.issueCounts.vuln.critical])).toEqual(
    [
      [testDigest('c'), 1, 0],
      [testDigest('b'), 1, 0],
      [testDigest('a'), 2, 1],
    ],
  );
  expect(snapshots[0]).toMatchObject({ id: projectId, imageTag: '1.0', imagePlatform: 'linux/amd64' });
});

it('gives pages, and the snapshots of one image', async () => {
  const second = await ask('?perPage=2&page=2');
  const chosen = await ask('', { filters: { imageId: testDigest('b') } });

  expect([second.total, second.snapshots.map(({ imageId }) => imageId)]).toEqual([3, [testDigest('a')]]);
  expect([chosen.total, chosen.snapshots.map(({ imageId }) => imageId)]).toEqual([1, [testDigest('b')]]);
});

it('forgets what was shown more than a year ago', async () => {
  await sql`update project_snapshot set until = until - interval '366 days'`.execute(platform.db);

  await forgetSnapshotsJob(platform.db).handle({}, new AbortController().signal);

  expect((await ask()).total).toBe(1);
});
