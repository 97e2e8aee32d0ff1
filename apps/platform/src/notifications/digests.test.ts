import { createHmac } from 'node:crypto';
import {
  documentOf,
  IssuesDigest,
  NotificationChannel,
  NotificationDelivery,
  pageOf,
} from '@plimsoll/contracts';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { scanEnded } from '../sync/scan-ended.ts';
import { tellOfAdvisories, tellOfImages } from './digests.ts';
import { signingKey, startNotificationWorld, type NotificationWorld } from './testing-notifications.ts';

let world: NotificationWorld;

beforeAll(async () => {
  world = await startNotificationWorld();
});

afterEach(() => world.reset());

afterAll(() => world.stop());

/** What the receiver was told. */
function digests(): IssuesDigest[] {
  return world.receiver.received.map(({ body }) => IssuesDigest.parse(JSON.parse(body)));
}

it('tells of what is new in one message per run, signed, the most urgent first', async () => {
  await world.addChannel(world.webhook());
  await world.know({
    'openssl@1': [
      { vulnerability: 'CVE-1', severity: 'critical', fixedIn: '2' },
      { vulnerability: 'CVE-2', severity: 'low' },
    ],
    'bash@1': [{ vulnerability: 'CVE-1', severity: 'critical' }],
    'zlib@1': [{ vulnerability: 'CVE-3', severity: 'high', fixedIn: '1.1' }],
  });
  await world.show('team/app:1', ['openssl@1', 'bash@1']);
  await world.show('team/app:2', ['openssl@1', 'zlib@1']);
  await world.show('team/app:3', ['zlib@1']);
  const runId = '11111111-2222-4333-8444-555555555555';
  await tellOfImages(world.deps, world.integrationId, runId);
  await world.work();
  await world.receiver.until(1);
  const [message] = world.receiver.received;
  const [digest] = digests();

  const hmac = createHmac('sha256', signingKey)
    .update(message?.body ?? '')
    .digest('hex');
  expect(message?.headers).toMatchObject({
    'x-hub-signature': `sha256=${hmac}`,
    'x-snyk-event': 'issues_digest/v0',
    'x-snyk-transport-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(digest).toMatchObject({
    cause: 'sync',
    sync_run_id: runId,
    org: { id: world.platform.orgId },
    integration: { id: world.integrationId, name: 'Harbor', type: 'oci' },
    new_issues: { critical: 1, high: 1, low: 1 },
    projects: 3,
    url: 'http://platform.test/images',
  });
  expect(
    digest?.issues.map(({ key, packages, projects, fixed_in: fixedIn }) => [
      key,
      packages,
      projects,
      fixedIn,
    ]),
  ).toEqual([
    ['CVE-1', ['bash', 'openssl'], 2, undefined],
    ['CVE-3', ['zlib'], 2, '1.1'],
    ['CVE-2', ['openssl'], 2, undefined],
  ]);
  expect(digest?.issues[0]?.examples).toEqual(['team/app:1', 'team/app:2']);

  // Once told, never again.
  await tellOfImages(world.deps, world.integrationId, runId);
  const { count } = await world.platform.db
    .selectFrom('notification_delivery')
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  expect(count).toBe(1);
});

it('tells once when the last scan of a run has ended', async () => {
  const { db } = world.platform;
  await world.addChannel(world.webhook());
  await world.know({ 'openssl9@1': [{ vulnerability: 'CVE-80', severity: 'high' }] });
  await world.show('team/app:1', ['openssl9@1']);
  await world.show('team/app:2', ['openssl9@1']);
  const { id: runId } = await db
    .insertInto('sync_run')
    .values({ integration_id: world.integrationId, status: 'scanning' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const runEnded = world.notifications().runEnded;
  for (let scan = 0; scan < 2; scan++) {
    await db.transaction().execute((transaction) => scanEnded({ runEnded }, transaction, runId));
  }
  await world.work();
  await world.receiver.until(1);

  expect(digests()).toMatchObject([{ cause: 'sync', sync_run_id: runId, projects: 2 }]);
});

it('does not tell of what people ignore', async () => {
  const { platform } = world;
  await world.addChannel(world.webhook());
  await world.know({
    'openssl10@1': [
      { vulnerability: 'CVE-90', severity: 'high' },
      { vulnerability: 'CVE-91', severity: 'high' },
      { vulnerability: 'CVE-92', severity: 'high' },
    ],
  });
  const addRule = async (vulnerability: string, tag: string | null) => {
    const place = tag === null ? null : world.integrationId;
    await sql`with rule as (
        insert into ignore_rule (org_id, vulnerability, integration_id, repository, tag, kind, reason, until_fixed,
          created_by_id, created_by_name)
        values (${platform.orgId}, ${vulnerability}, ${place}, ${tag === null ? null : 'team/app'}, ${tag},
          'wont-fix', 'because', false, ${platform.orgId}, 'test') returning id)
      insert into ignored_vulnerability (org_id, vulnerability, rule_id)
      select ${platform.orgId}, ${vulnerability}, id from rule`.execute(platform.db);
  };
  await addRule('CVE-90', null);
  await addRule('CVE-91', '1');
  await world.show('team/app:1', ['openssl10@1']);
  await world.show('team/app:2', ['openssl10@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.work();
  await world.receiver.until(1);

  expect(digests()[0]?.issues.map(({ key, projects }) => [key, projects])).toEqual([
    ['CVE-91', 1],
    ['CVE-92', 2],
  ]);
  await sql`delete from ignore_rule`.execute(platform.db);
});

it('does not tell of what a VEX statement says does not affect', async () => {
  const { platform } = world;
  await world.addChannel(world.webhook());
  await world.know({
    'openssl11@1': [
      { vulnerability: 'CVE-95', severity: 'high' },
      { vulnerability: 'CVE-96', severity: 'high' },
    ],
  });
  await sql`with document as (
      insert into vex_document (org_id, document_id, name, format, author, version, document)
      values (${platform.orgId}, 'one', 'one.json', 'openvex', 'test', '1', '') returning id),
    statement as (
      insert into vex_statement (document, vulnerability, aliases, product, package, status)
      select id, 'CVE-95', '{}', 'pkg:deb/openssl11', 'pkg:deb/openssl11', 'not_affected' from document returning id)
    insert into finding_vex (finding_id, statement, org_id, status, is_suppressing, stated_at)
    select finding.id, statement.id, ${platform.orgId}, 'not_affected', true, now()
    from finding, statement where finding.vulnerability = 'CVE-95'`.execute(platform.db);
  await world.show('team/app:1', ['openssl11@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.work();
  await world.receiver.until(1);

  expect(digests()[0]?.issues.map(({ key }) => key)).toEqual(['CVE-96']);
});

it('tells only what the image before did not have', async () => {
  await world.know({
    'openssl2@1': [{ vulnerability: 'CVE-10', severity: 'high' }],
    'curl2@1': [{ vulnerability: 'CVE-11', severity: 'high' }],
  });
  await world.show('team/moved:1', ['openssl2@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.addChannel(world.webhook());
  await world.show('team/moved:1', ['openssl2@1', 'curl2@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.work();
  await world.receiver.until(1);

  expect(digests().map(({ cause, issues }) => [cause, issues.map(({ key }) => key)])).toEqual([
    ['images', ['CVE-11']],
  ]);
});

it('tells a channel nothing below its severity, and nothing at all when nothing is left', async () => {
  await world.know({
    'openssl3@1': [
      { vulnerability: 'CVE-20', severity: 'high' },
      { vulnerability: 'CVE-21', severity: 'low' },
    ],
  });
  await world.addChannel(world.webhook({ min_severity: 'critical', name: 'critical only' }));
  await world.addChannel(world.webhook({ min_severity: 'medium' }));
  await world.show('team/app:1', ['openssl3@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.work();
  await world.receiver.until(1);
  const deliveries = await world.platform.db.selectFrom('notification_delivery').selectAll().execute();

  expect(deliveries).toHaveLength(1);
  expect(digests()[0]).toMatchObject({ new_issues: { high: 1 }, issues: [{ key: 'CVE-20' }] });
  expect(digests()[0]?.new_issues).not.toHaveProperty('low');
});

it('tells of what advisories brought, once they have come to rest', async () => {
  const packageId = await world.know({
    'openssl4@1': [{ vulnerability: 'CVE-30', severity: 'critical' }],
  });
  await world.show('team/app:1', ['openssl4@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.addChannel(world.webhook());
  const addEvent = (vulnerability: string) =>
    sql`
    insert into finding_event (package_id, vulnerability, kind, cause, advisory_ids, severity, first_found_at)
    values (${packageId}, ${vulnerability}, 'opened', 'advisories', '{}', 'critical', now())`.execute(
      world.platform.db,
    );
  await addEvent('CVE-30');

  expect(await tellOfAdvisories(world.deps, 60)).toBe(false);
  expect(await tellOfAdvisories(world.deps, 0)).toBe(true);
  expect(await tellOfAdvisories(world.deps, 0)).toBe(true);
  await world.work();
  await world.receiver.until(1);
  expect(digests()).toMatchObject([
    // The project, and those that made the package and the image known.
    { cause: 'advisories', new_issues: { critical: 1 }, projects: 3, issues: [{ key: 'CVE-30' }] },
  ]);
});

it('does not tell a new channel of what was there before', async () => {
  await world.platform.db.deleteFrom('finding_event').execute();
  const packageId = await world.know({
    'openssl5@1': [{ vulnerability: 'CVE-40', severity: 'critical' }],
  });
  await world.show('team/app:1', ['openssl5@1']);
  await sql`insert into finding_event (package_id, vulnerability, kind, cause, advisory_ids, severity, first_found_at)
    values (${packageId}, 'CVE-40', 'opened', 'advisories', '{}', 'critical', now())`.execute(
    world.platform.db,
  );
  await world.addChannel(world.webhook());
  await tellOfAdvisories(world.deps, 0);

  expect(await world.platform.db.selectFrom('notification_delivery').select('id').execute()).toEqual([]);
});

it('tries again until the receiver takes it, with the same id, and says how it stands', async () => {
  world.receiver.state.answer = (count) => ({ status: count < 3 ? 503 : 200, body: 'busy' });
  const channel = await world.addChannel(world.webhook());
  await world.know({ 'openssl6@1': [{ vulnerability: 'CVE-50', severity: 'high' }] });
  await world.show('team/app:1', ['openssl6@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.work();
  await world.receiver.until(3);
  await expect
    .poll(
      async () => {
        const answer = await world.platform.request('GET', `${world.channels}/${channel.id}/deliveries`);
        return pageOf(NotificationDelivery)
          .parse(answer.json())
          .data.map(({ attributes }) => attributes);
      },
      { timeout: 10_000 },
    )
    .toMatchObject([{ event: 'issues_digest', status: 'delivered', attempts: 3 }]);

  expect(new Set(world.receiver.received.map(({ headers }) => headers['x-snyk-transport-id'])).size).toBe(1);
  const shown = documentOf(NotificationChannel).parse(
    (await world.platform.request('GET', `${world.channels}/${channel.id}`)).json(),
  ).data.attributes;
  expect(shown).toHaveProperty('last_delivered_at');
  expect(shown).not.toHaveProperty('last_error');
}, 20_000);

it('sends e-mail by a mail server, and tells people what they need', async () => {
  await world.addChannel({ channel_type: 'email', recipients: ['a@example.test', 'b@example.test'] });
  await world.know({
    'openssl7@1': [{ vulnerability: 'CVE-60', severity: 'high', fixedIn: '8', title: '<b>Overflow</b>' }],
  });
  await world.show('team/app:1', ['openssl7@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.work();
  await expect.poll(() => world.mails.length, { timeout: 10_000 }).toBe(1);
  const [mail] = world.mails;

  expect(mail?.to).toEqual(['a@example.test', 'b@example.test']);
  expect(mail?.text).toContain('Subject: 1 new issue in My organization: 1 high');
  expect(mail?.text).toContain('HIGH CVE-60: <b>Overflow</b> (openssl7, fixed in 8) in team/app:1');
  expect(mail?.text).toContain('&lt;b&gt;Overflow');
  expect(mail?.text).toContain('http://platform.test/images');
  expect(mail?.text).toContain('Auto-Submitted: auto-generated');
}, 20_000);

it('speaks as Slack does, without letting a title make links or mentions', async () => {
  const slack = await world.addChannel({
    channel_type: 'slack',
    url: `${world.receiver.url}/T000/B000/token`,
  });
  await world.know({
    'openssl8@1': [{ vulnerability: 'CVE-70', severity: 'high', title: '<!channel> & more' }],
  });
  await world.show('team/app:1', ['openssl8@1']);
  await tellOfImages(world.deps, world.integrationId, undefined);
  await world.work();
  await world.receiver.until(1);
  const body = JSON.parse(world.receiver.received[0]?.body ?? '') as { text: string; blocks: object[] };

  expect(slack.attributes).toMatchObject({ host: `127.0.0.1:${world.receiver.port}` });
  expect(body.text).toBe('1 new issue in My organization: 1 high');
  expect(JSON.stringify(body.blocks)).toContain('&lt;!channel&gt; &amp; more');
  expect(JSON.stringify(body)).not.toContain('<!channel>');
});
