import {
  documentOf,
  ErrorDocument,
  ImageVerdict,
  pageOf,
  PrunedProject,
  SyncRun,
  SyncSchedule,
} from '@plimsoll/contracts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { forgetOldVerdicts, putVerdicts } from './dry-run-verdicts.ts';
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

/** Notes images as a run has observed them, newest last, and by which policy it decided. */
async function decide(runId: string, tags: readonly string[]): Promise<void> {
  const { db } = platform;
  const seen = { integration_id: integrationId, repository: 'team/web' };
  await db
    .insertInto('sync_repository')
    .values({ ...seen, seen_run_id: runId })
    .execute();
  for (const [day, tag] of tags.entries()) {
    const at = new Date(Date.UTC(2026, 0, day + 1));
    await db
      .insertInto('observation')
      .values({ ...seen, tag, digest: null, pushed_at: at, first_seen_at: at, last_run_id: runId })
      .execute();
  }
  const rules = {
    type: 'And',
    sub_policies: [
      { type: 'Regex', policy: { tag: '^prod' } },
      { type: 'LastNObserved', policy: { limitNewestImages: 1 } },
    ],
  };
  const policy = { name: 'prod', schedule_frequency_hours: 12, delete_images: false, import_policy: rules };
  await db
    .updateTable('sync_run')
    .set({ policy: JSON.stringify(policy) })
    .where('id', '=', runId)
    .execute();
}

it('tells of each image of the newest run why it was admitted or left out, and what became of it', async () => {
  const runId = await addFinishedRun('2026-02-01T00:00:00Z');
  await decide(runId, ['prod-1', 'dev-1', 'prod-2']);

  const first = await platform.request('GET', `${runs}/${runId}/images?limit=2`);
  const { data, links } = pageOf(ImageVerdict).parse(first.json());
  const second = await platform.request('GET', links.next ?? '');

  expect([...data, ...pageOf(ImageVerdict).parse(second.json()).data].map(told)).toEqual([
    'team/web:dev-1 left out: tag does not match ^prod',
    'team/web:prod-1 left out: 2nd newest of 2 in team/web, and only 1 are imported',
    'team/web:prod-2 truncated: tag matches ^prod; the newest of 2 in team/web',
  ]);
  const only = await platform.request('GET', `${runs}/${runId}/images?admitted=false&tag=dev-1`);
  expect(
    pageOf(ImageVerdict)
      .parse(only.json())
      .data.map(({ id }) => id),
  ).toEqual(['team/web:dev-1']);
});

function told({ id, attributes: { outcome, reason } }: ImageVerdict): string {
  return `${id} ${outcome ?? 'left out'}: ${reason}`;
}

it('tells no reasons of a run that a later one has followed, nor of one that has not decided', async () => {
  const older = await addFinishedRun('2026-02-01T00:00:00Z');
  await decide(older, ['prod-1']);
  const newer = await addFinishedRun('2026-02-02T00:00:00Z');

  for (const runId of [older, newer]) {
    expect((await platform.request('GET', `${runs}/${runId}/images`)).statusCode).toBe(409);
  }
});

it('tells of each image why a dry run admitted or left it out, of the newest three', async () => {
  const addDryRun = async () => {
    const row = await platform.db
      .insertInto('dry_run')
      .values({ integration_id: integrationId, status: 'completed', policy: '{}' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await putVerdicts(platform.db, row.id, 'team/web', [
      { tag: 'v2', admitted: true, reason: 'every image is imported' },
    ]);
    return row.id;
  };
  const imagesOf = async (id: string) =>
    await platform.request(
      'GET',
      `/rest/orgs/${platform.orgId}/container_import/${integrationId}/policy/dry_run/${id}/images?version=2025-09-17`,
    );

  const dryRunId = await addDryRun();
  expect(pageOf(ImageVerdict).parse((await imagesOf(dryRunId)).json()).data).toEqual([
    {
      id: 'team/web:v2',
      type: 'image_verdict',
      attributes: {
        repository: 'team/web',
        tag: 'v2',
        admitted: true,
        reason: 'every image is imported',
      },
    },
  ]);

  for (let more = 0; more < 3; more += 1) await addDryRun();
  await forgetOldVerdicts(platform.db, integrationId);
  const answer = await imagesOf(dryRunId);
  expect(answer.statusCode).toBe(409);
  expect(answer.body).toContain('newest 3 dry runs');
});
