import { readOsvRecord, type FeedItem } from '@plimsoll/advisories';
import { IssueChange, pageOf } from '@plimsoll/contracts';
import { createLogger } from '@plimsoll/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AdvisoryChanges } from '../advisories/advisory-changes.ts';
import { AdvisoryMemory } from '../advisories/advisory-memory.ts';
import { importAdvisories } from '../advisories/import-advisories.ts';
import { partOf } from '../advisories/testing-part.ts';
import { matchPackages } from '../findings/match-packages.ts';
import { rematch } from '../findings/rematch.ts';
import { addIntegration } from '../integrations/integration-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { refreshJob } from './refresh-counts.ts';
import { addTestProjects, testDigest } from './testing-images.ts';

let platform: TestPlatform;
const log = createLogger({ name: 'test', level: 'silent' });
const memory = new AdvisoryMemory();

beforeAll(async () => {
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  const owner = { orgId, integrationId: (await addIntegration(db, orgId, 'harbor-cr', 'registry')).id };
  const shared = { digest: testDigest('a'), packages: ['tar@1.34', 'curl@7.88'] };
  await addTestProjects(db, owner, ['shop/web:1', 'shop/web:2'], shared);
  await addTestProjects(db, owner, ['shop/api:1'], { digest: testDigest('b'), packages: ['curl@7.88'] });
  const packages = await db.selectFrom('package').select('id').execute();
  await matchPackages(
    { db, memory },
    packages.map(({ id }) => id),
  );
});
afterAll(() => platform.stop());

/** Imports a record about a Debian package as of a day, and does all that follows from it. */
async function publish(
  id: string,
  day: number,
  name: string,
  rest: object = {},
  urgency?: string,
): Promise<void> {
  const { db } = platform;
  const events = [{ introduced: '0' }, ...('fixed' in rest ? [{ fixed: rest.fixed }] : [])];
  const specific = urgency === undefined ? {} : { ecosystem_specific: { urgency } };
  const affected = [
    { package: { ecosystem: 'Debian:12', name }, ranges: [{ type: 'ECOSYSTEM', events }], ...specific },
  ];
  const document = Buffer.from(
    JSON.stringify({ id, modified: `2026-01-0${day}T00:00:00Z`, affected, ...rest }),
  );
  const items: FeedItem[] = [{ advisory: readOsvRecord(document), document }];
  const changes: AdvisoryChanges[] = [];
  const onChanged = async (change: AdvisoryChanges) => void changes.push(change);
  await importAdvisories({ db, log, onChanged, now: () => new Date() }, [
    partOf(items, { ecosystem: 'Debian' }),
  ]);
  for (const change of changes) {
    const packageIds = await rematch({ db, memory }, change);
    await refreshJob(db).handle({ packageIds }, new AbortController().signal);
  }
}

async function changes(query = '') {
  const response = await platform.request('GET', `/rest/orgs/${platform.orgId}/issue_changes${query}`);
  expect(response.statusCode).toBe(200);
  return pageOf(IssueChange).parse(response.json()).data;
}

const brief = (list: readonly IssueChange[]) =>
  list.map(({ attributes: { kind, key, project_name: name, advisories } }) => [kind, key, name, advisories]);

const counts = async () => {
  const rows = await platform.db
    .selectFrom('project')
    .select(['repository', 'tag', 'issue_counts'])
    .orderBy('repository')
    .orderBy('tag')
    .execute();
  return rows.map((row) => [`${row.repository}:${row.tag}`, row.issue_counts]);
};

it('lists the projects that gain and lose issues, with the advisories that are the cause, and recounts them', async () => {
  expect(await changes()).toEqual([]);

  await publish('DSA-1', 1, 'tar');
  expect(brief(await changes())).toEqual([
    ['opened', 'DSA-1', 'shop/web:2', ['DSA-1']],
    ['opened', 'DSA-1', 'shop/web:1', ['DSA-1']],
  ]);
  expect(await counts()).toEqual([
    ['shop/api:1', {}],
    ['shop/web:1', { unknown: 1 }],
    ['shop/web:2', { unknown: 1 }],
  ]);

  await publish('DSA-1', 2, 'tar', { withdrawn: '2026-01-02T00:00:00Z' });
  expect(brief(await changes('?kind=closed'))).toEqual([
    ['closed', 'DSA-1', 'shop/web:2', ['DSA-1']],
    ['closed', 'DSA-1', 'shop/web:1', ['DSA-1']],
  ]);
  expect(await counts()).toEqual([
    ['shop/api:1', {}],
    ['shop/web:1', {}],
    ['shop/web:2', {}],
  ]);
});

it('dates an issue that comes back by when it was first found, and by when it came back', async () => {
  await publish('DSA-1', 3, 'tar');

  const [reopened] = await changes('?kind=reopened');
  const [opened] = await changes('?kind=opened');
  const finding = await platform.db
    .selectFrom('finding')
    .select(['created_at', 'reopened_at'])
    .where('vulnerability', '=', 'DSA-1')
    .executeTakeFirstOrThrow();

  expect(reopened?.attributes.first_found_at).toBe(opened?.attributes.created_at);
  expect(finding.created_at.toISOString()).toBe(opened?.attributes.created_at);
  expect(finding.reopened_at?.toISOString()).toBe(reopened?.attributes.created_at);
});

it('tells that a fix appeared and that a severity changed, of one project when asked', async () => {
  await publish('DSA-2', 1, 'curl');
  await publish('DSA-2', 2, 'curl', { fixed: '7.90' });
  await publish('DSA-2', 3, 'curl', { fixed: '7.90' }, 'high');
  const project = await platform.db
    .selectFrom('project')
    .select('id')
    .where('repository', '=', 'shop/api')
    .executeTakeFirstOrThrow();

  const list = await changes(`?scan_item.id=${project.id}`);

  expect(brief(list)).toEqual([
    ['severity-changed', 'DSA-2', 'shop/api:1', ['DSA-2']],
    ['fix-available', 'DSA-2', 'shop/api:1', ['DSA-2']],
    ['opened', 'DSA-2', 'shop/api:1', ['DSA-2']],
  ]);
  expect(list[0]?.attributes).toMatchObject({ cause: 'advisories', effective_severity_level: 'high' });
});
