import { documentOf, ErrorDocument, pageOf, PrunedProject, SyncRun, SyncSchedule } from '@plimsoll/contracts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

let platform: TestPlatform;
let integrationId: string;
let runs: string;

beforeAll(async () => {
  platform = await startTestPlatform();
});

afterAll(() => platform.stop());

beforeEach(async () => {
  const integration = await platform.db
    .insertInto('integration')
    .values({ org_id: platform.orgId, type: 'oci', profile_name: 'Test' })
    .returning('id')
    .executeTakeFirstOrThrow();
  integrationId = integration.id;
  runs = `/rest/orgs/${platform.orgId}/integrations/${integrationId}/sync_runs`;
  await platform.db
    .insertInto('import_policy')
    .values({
      integration_id: integrationId,
      policy: JSON.stringify({
        name: 'all',
        schedule_frequency_hours: 12,
        delete_images: false,
        import_policy: { type: 'ImportAll' },
      }),
    })
    .execute();
});

async function addFinishedRun(startedAt: string): Promise<string> {
  const run = await platform.db
    .insertInto('sync_run')
    .values({
      integration_id: integrationId,
      status: 'completed',
      started_at: new Date(startedAt),
      finished_at: new Date(startedAt),
      listing_complete: true,
      warnings: JSON.stringify(['team/web: denied']),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return run.id;
}

it('starts a run now, and says where to watch it', async () => {
  const answer = await platform.request('POST', runs);

  expect(answer.statusCode).toBe(201);
  const { data } = documentOf(SyncRun).parse(answer.json());
  expect(answer.headers.location).toBe(`${runs}/${data.id}`);
  expect(data.attributes).toMatchObject({ status: 'pending', counts: { tags: 0 }, warnings: [] });
  const shown = await platform.request('GET', `${runs}/${data.id}`);
  expect(documentOf(SyncRun).parse(shown.json()).data).toEqual(data);
});

it('puts the next scheduled run off by one period', async () => {
  await platform.request('POST', runs);

  const policy = await platform.db
    .selectFrom('import_policy')
    .select('next_run_at')
    .where('integration_id', '=', integrationId)
    .executeTakeFirstOrThrow();
  const hours = (policy.next_run_at.getTime() - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(11.8);
  expect(hours).toBeLessThan(12.2);
});

it('refuses a second run while one is unfinished, and any run without a policy', async () => {
  await platform.request('POST', runs);
  const second = await platform.request('POST', runs);
  await platform.db.deleteFrom('import_policy').where('integration_id', '=', integrationId).execute();
  const without = await platform.request('POST', runs);

  expect([second.statusCode, without.statusCode]).toEqual([409, 409]);
  const detail = (answer: typeof second) => ErrorDocument.parse(answer.json()).errors[0]?.detail;
  expect(detail(second)).toBe('A sync run of this integration is unfinished');
  expect(detail(without)).toBe('The integration has no import policy yet');
});

it('lists runs newest first, page by page', async () => {
  const old = await addFinishedRun('2026-01-01T00:00:00Z');
  const middle = await addFinishedRun('2026-01-02T00:00:00Z');
  const recent = await addFinishedRun('2026-01-03T00:00:00Z');

  const first = pageOf(SyncRun).parse((await platform.request('GET', `${runs}?limit=2`)).json());
  const second = pageOf(SyncRun).parse((await platform.request('GET', first.links.next ?? '')).json());

  expect(first.data.map(({ id }) => id)).toEqual([recent, middle]);
  expect(second.data.map(({ id }) => id)).toEqual([old]);
  expect(first.data[0]?.attributes).toMatchObject({ listing_complete: true, warnings: ['team/web: denied'] });
});

it('shows nothing of other organizations', async () => {
  const runId = await addFinishedRun('2026-01-01T00:00:00Z');
  const other = await platform.otherOrganization();
  await platform.db
    .updateTable('integration')
    .set({ org_id: other })
    .where('id', '=', integrationId)
    .execute();

  for (const [method, url] of [
    ['GET', runs],
    ['GET', `${runs}/${runId}`],
    ['POST', runs],
  ] as const) {
    expect((await platform.request(method, url)).statusCode).toBe(404);
  }
});

it('lets a viewer look, but not start a run', async () => {
  const token = await platform.tokenOf('viewer');

  expect((await platform.request('GET', runs, { token })).statusCode).toBe(200);
  expect((await platform.request('POST', runs, { token })).statusCode).toBe(403);
});

it('pauses and resumes a sync, and starts nothing meanwhile', async () => {
  const sync = runs.replace('/sync_runs', '/sync');
  const patch = (paused: boolean) =>
    platform.request('PATCH', sync, { body: { data: { type: 'sync_schedule', attributes: { paused } } } });

  const rests = await patch(true);
  const refused = await platform.request('POST', runs);
  const works = await patch(false);

  expect(documentOf(SyncSchedule).parse(rests.json()).data.attributes).toMatchObject({ paused: true });
  expect(refused.statusCode).toBe(409);
  expect(ErrorDocument.parse(refused.json()).errors[0]?.detail).toContain('resume it first');
  expect(documentOf(SyncSchedule).parse(works.json()).data.attributes.paused).toBe(false);
  expect((await platform.request('POST', runs)).statusCode).toBe(201);
});

it('cancels a run once', async () => {
  const { data } = documentOf(SyncRun).parse((await platform.request('POST', runs)).json());

  const cancelled = await platform.request('POST', `${runs}/${data.id}/cancel`);
  const again = await platform.request('POST', `${runs}/${data.id}/cancel`);

  expect(documentOf(SyncRun).parse(cancelled.json()).data.attributes.status).toBe('cancelled');
  expect(again.statusCode).toBe(409);
});

it('shows what a run holds, and has it deleted only once', async () => {
  const runId = await addFinishedRun('2026-01-01T00:00:00Z');
  await platform.db
    .updateTable('sync_run')
    .set({ prune_state: 'held', prune_reason: '1 of 1 projects would be deleted', held: 1 })
    .where('id', '=', runId)
    .execute();
  await platform.db
    .insertInto('pruned_project')
    .values({
      run_id: runId,
      project_id: crypto.randomUUID(),
      repository: 'team/web',
      tag: 'v1',
      reason: 'the tag is gone from the registry',
      state: 'held',
      snapshot: null,
    })
    .execute();
  const prune = `${runs}/${runId}/prune`;

  const page = pageOf(PrunedProject).parse((await platform.request('GET', prune)).json());
  const token = await platform.tokenOf('viewer');
  const refused = await platform.request('POST', `${prune}/confirm`, { token });
  const confirmed = await platform.request('POST', `${prune}/confirm`);
  const again = await platform.request('POST', `${prune}/confirm`);
  const undo = await platform.request('POST', `${prune}/undo`);

  expect(page.data.map(({ attributes }) => attributes)).toMatchObject([
    { name: 'team/web:v1', state: 'held', reason: 'the tag is gone from the registry' },
  ]);
  expect(refused.statusCode).toBe(403);
  expect(confirmed.statusCode).toBe(202);
  expect(documentOf(SyncRun).parse(confirmed.json()).data.attributes.prune?.state).toBe('confirmed');
  expect([again.statusCode, undo.statusCode]).toEqual([409, 409]);
});
