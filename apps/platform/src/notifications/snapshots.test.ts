import { createHmac } from 'node:crypto';
import { ProjectSnapshotMessage, V1Project } from '@plimsoll/contracts';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { tellOfAdvisories, tellOfImages } from './digests.ts';
import { signingKey, startNotificationWorld, type NotificationWorld } from './testing-notifications.ts';

let world: NotificationWorld;

beforeAll(async () => {
  world = await startNotificationWorld();
  await world.know({
    'openssl@1': [
      { vulnerability: 'CVE-1', severity: 'critical', fixedIn: '2' },
      { vulnerability: 'CVE-2', severity: 'low' },
    ],
    'zlib@1': [{ vulnerability: 'CVE-3', severity: 'high' }],
    'bash@1': [{ vulnerability: 'CVE-4', severity: 'medium' }],
  });
});

afterEach(() => world.reset());

afterAll(() => world.stop());

/** Makes a webhook as the older API does. */
async function addHook(): Promise<string> {
  const body = { url: world.receiver.url, secret: signingKey };
  const answer = await world.platform.request('POST', `/v1/org/${world.platform.orgId}/webhooks`, { body });
  return answer.json<{ id: string }>().id;
}

function received() {
  return world.receiver.received
    .map(({ body }) => ProjectSnapshotMessage.omit({ event: true }).parse(JSON.parse(body)))
    .toSorted((a, b) => a.project.name.localeCompare(b.project.name));
}

const idsOf = (issues: readonly { id: string; pkgName: string }[]) =>
  issues.map(({ id, pkgName }) => `${id} ${pkgName}`);

it('tells what an image brought and took away, one message per project, in the shape that receivers know', async () => {
  await addHook();
  await world.show('team/app:1', ['openssl@1', 'bash@1']);
  await world.show('team/app:2', ['bash@1']);
  // What is imported for the first time is no change.
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.show('team/app:1', ['zlib@1', 'bash@1']);
  await world.show('team/app:2', ['openssl@1', 'bash@1']);
  await world.show('team/app:3', ['openssl@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.work();
  await world.receiver.until(2);
  const [message] = world.receiver.received;
  const [first, second] = received();

  const hmac = createHmac('sha256', signingKey)
    .update(message?.body ?? '')
    .digest('hex');
  expect(message?.headers).toMatchObject({
    'x-hub-signature': `sha256=${hmac}`,
    'x-snyk-event': 'project_snapshot/v0',
  });
  expect(JSON.parse(message?.body ?? '')).not.toHaveProperty('event');
  expect(first).toMatchObject({ project: { name: 'team/app:1' }, org: { id: world.platform.orgId } });
  expect([idsOf(first?.newIssues ?? []), idsOf(first?.removedIssues ?? [])]).toEqual([
    ['CVE-3 zlib'],
    ['CVE-1 openssl', 'CVE-2 openssl'],
  ]);
  expect(second?.newIssues[0]).toMatchObject({
    id: 'CVE-1',
    issueType: 'vuln',
    pkgName: 'openssl',
    pkgVersions: ['1'],
    issueData: { severity: 'critical' },
    fixInfo: { isFixable: true, fixedIn: ['2'] },
  });
  const project = `/v1/org/${world.platform.orgId}/project/${second?.project.id}`;
  expect(second?.project).toEqual(V1Project.parse((await world.platform.request('GET', project)).json()));
  expect(world.receiver.received).toHaveLength(2);
});

it('tells what advisories changed for each project', async () => {
  await world.show('team/app:1', ['openssl@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await addHook();
  const { id } = await world.platform.db
    .selectFrom('package')
    .select('id')
    .where('name', '=', 'openssl')
    .executeTakeFirstOrThrow();
  for (const [vulnerability, kind] of [
    ['CVE-1', 'opened'],
    ['CVE-0', 'closed'],
  ]) {
    await sql`insert into finding_event (package_id, vulnerability, kind, cause, advisory_ids, severity, first_found_at)
      values (${id}, ${vulnerability}, ${kind}, 'advisories', '{}', 'critical', now())`.execute(
      world.platform.db,
    );
  }
  await tellOfAdvisories(world.deps, 0);
  await world.work();
  // The project, and the one that made the image known.
  await world.receiver.until(2);
  const told = received().find(({ project }) => project.name === 'team/app:1');

  expect([idsOf(told?.newIssues ?? []), idsOf(told?.removedIssues ?? [])]).toEqual([
    ['CVE-1 openssl'],
    ['CVE-0 openssl'],
  ]);
});

it('leaves out what is below the severity of the channel, and can be changed to one message per run', async () => {
  const id = await addHook();
  const patch = (attributes: object) =>
    world.platform.request('PATCH', `${world.channels}/${id}`, {
      body: { data: { type: 'notification_channel', attributes } },
    });
  expect((await patch({ min_severity: 'critical' })).json()).toMatchObject({
    data: { attributes: { payload: 'project_snapshot', min_severity: 'critical' } },
  });
  await world.show('team/app:1', ['bash@1']);
  await world.show('team/app:2', ['bash@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.show('team/app:1', ['zlib@1']);
  await world.show('team/app:2', ['openssl@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await patch({ payload: 'issues_digest' });
  await world.show('team/app:1', ['openssl@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.work();
  await world.receiver.until(2);

  const events = world.receiver.received.map(({ headers }) => headers['x-snyk-event']);
  expect(new Set(events)).toEqual(new Set(['issues_digest/v0', 'project_snapshot/v0']));
  expect(events).toHaveLength(2);
  const [snapshot] = world.receiver.received
    .filter(({ headers }) => headers['x-snyk-event'] === 'project_snapshot/v0')
    .map(({ body }) => JSON.parse(body) as { newIssues: { id: string; pkgName: string }[] });
  expect(idsOf(snapshot?.newIssues ?? [])).toEqual(['CVE-1 openssl']);
});
