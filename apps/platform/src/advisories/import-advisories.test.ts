import type { FeedItem, FeedPart } from '@plimsoll/advisories';
import { readOsvRecord } from '@plimsoll/advisories';
import { aliasGroups } from '@plimsoll/matching';
import { createLogger } from '@plimsoll/runtime';
import { array, assert, asyncProperty, constantFrom, record, uniqueArray } from 'fast-check';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../database/schema.ts';
import type { AdvisoryChanges } from './advisory-changes.ts';
import { readDocuments } from './advisory-store.ts';
import { readGroups } from './alias-store.ts';
import { feedStatus } from './feed-store.ts';
import { importAdvisories, type ImportReport } from './import-advisories.ts';
import { partOf } from './testing-part.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../testing-database.ts';

let database: MigratedDatabase;
let db: Kysely<Database>;
beforeAll(async () => {
  database = await createMigratedDatabase();
  ({ db } = database);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await sql`truncate advisory, affected, alias, advisory_alias, advisory_dump, advisory_feed`.execute(db);
});

type Osv = { id: string; modified?: string; name?: string; fixed?: string; [member: string]: unknown };

const day = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString();

function osv({ id, modified = day(1), name = 'tar', fixed = '1.35', ...rest }: Osv): FeedItem {
  const affected = [
    {
      package: { ecosystem: 'Debian:12', name },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
    },
  ];
  const document = Buffer.from(JSON.stringify({ id, modified, affected, ...rest }));
  return { advisory: readOsvRecord(document), document };
}

function part(
  items: readonly FeedItem[],
  { ecosystem = 'Debian', ...about }: Partial<Parameters<typeof partOf>[1]> = {},
): FeedPart {
  return partOf(items, { ecosystem, ...about });
}

async function importParts(
  ...parts: FeedPart[]
): Promise<{ reports: ImportReport[]; changes: AdvisoryChanges[] }> {
  const changes: AdvisoryChanges[] = [];
  const onChanged = (change: AdvisoryChanges) => Promise.resolve(void changes.push(change));
  const log = createLogger({ name: 'test', level: 'silent' });
  const reports = await importAdvisories({ db, log, onChanged, now: () => new Date(day(31)) }, parts);
  return { reports, changes };
}

const rules = () =>
  db.selectFrom('affected').select(['advisory_id', 'name']).orderBy('advisory_id').execute();

it('changes nothing when the same records come again', async () => {
  const records = [osv({ id: 'DSA-1' }), osv({ id: 'DSA-2', name: 'curl' })];

  const first = await importParts(part(records));
  const second = await importParts(part(records));

  expect(first.reports).toMatchObject([{ advisories: 2, changed: 2, skipped: 0 }]);
  expect(first.changes).toEqual([
    {
      keys: [
        ['Debian:12', 'tar'],
        ['Debian:12', 'curl'],
      ],
      vulnerabilities: [],
      advisories: ['DSA-1', 'DSA-2'],
    },
  ]);
  expect(second.reports).toMatchObject([{ advisories: 2, changed: 0, skipped: 0 }]);
  expect(second.changes).toEqual([]);
});

it('replaces the rules of a record with a corrected package name, and tells both names', async () => {
  await importParts(part([osv({ id: 'DSA-1', name: 'trr' })]));

  const { changes } = await importParts(part([osv({ id: 'DSA-1', modified: day(2) })]));

  expect(await rules()).toEqual([{ advisory_id: 'DSA-1', name: 'tar' }]);
  expect(changes[0]?.keys).toEqual([
    ['Debian:12', 'trr'],
    ['Debian:12', 'tar'],
  ]);
});

it('does not go back to an older record', async () => {
  await importParts(part([osv({ id: 'DSA-1', modified: day(2) })]));

  const { reports } = await importParts(part([osv({ id: 'DSA-1', name: 'old' })]));

  expect(reports[0]?.changed).toBe(0);
  expect(await rules()).toEqual([{ advisory_id: 'DSA-1', name: 'tar' }]);
});

it('takes the newest of two records with one id', async () => {
  await importParts(part([osv({ id: 'DSA-1', modified: day(2) }), osv({ id: 'DSA-1', name: 'old' })]));

  expect(await rules()).toEqual([{ advisory_id: 'DSA-1', name: 'tar' }]);
});

it('drops the rules of a withdrawn record and keeps its document', async () => {
  await importParts(part([osv({ id: 'DSA-1' })]));
  await importParts(part([osv({ id: 'DSA-1', modified: day(2), withdrawn: day(2) })]));

  expect(await rules()).toEqual([]);
  expect((await readDocuments(db, ['DSA-1'])).get('DSA-1')).toMatchObject({ id: 'DSA-1', withdrawn: day(2) });
});

it('withdraws what a complete archive no longer holds, until it holds it again', async () => {
  const records = Array.from({ length: 20 }, (_, i) => osv({ id: `DSA-${i + 10}` }));
  const all = part(records, { extent: 'all' });
  await importParts(all);

  const { reports } = await importParts(part(records.slice(1), { extent: 'all' }));
  const left = await rules();
  await importParts(all);

  expect(reports).toMatchObject([{ withdrawn: 1, changed: 0 }]);
  expect(left).toHaveLength(19);
  expect(await rules()).toHaveLength(20);
});

it('does not believe an archive that lost more than a tenth', async () => {
  const records = Array.from({ length: 20 }, (_, i) => osv({ id: `DSA-${i + 10}` }));
  await importParts(part(records, { extent: 'all' }));

  const { reports } = await importParts(part(records.slice(5), { extent: 'all' }));

  expect(reports[0]?.error).toMatch(/5 of 20 advisories of Debian are missing/);
  expect(await rules()).toHaveLength(20);
});

it('tells the state of each feed: faults counted, future instants left out, failures kept apart', async () => {
  const broken: FeedPart = {
    ...part([], { ecosystem: 'npm' }),
    open: () => Promise.reject(new Error('the mirror is down')),
  };
  const good = part([
    osv({ id: 'DSA-1', modified: day(3) }),
    osv({ id: 'DSA-2', modified: '2027-01-01T00:00:00Z' }),
    { fault: { name: 'x.json', reason: 'broken' } },
  ]);

  const { reports } = await importParts(broken, good);

  expect(reports.map(({ error, faults }) => [error, faults.length])).toEqual([
    ['the mirror is down', 0],
    [undefined, 1],
  ]);
  expect((await feedStatus(db, new Date())).map(({ attributes }) => attributes)).toEqual([
    {
      ecosystem: 'Debian',
      feed: 'osv',
      kind: 'advisories',
      source: 'test',
      advisories: 2,
      skipped: 1,
      newest_modified: day(3),
      imported_at: expect.any(String),
      checked_at: expect.any(String),
      age_seconds: expect.any(Number),
      is_stale: false,
    },
    {
      ecosystem: 'npm',
      feed: 'osv',
      kind: 'advisories',
      source: 'test',
      advisories: 0,
      skipped: 0,
      is_stale: true,
      last_error: 'the mirror is down',
      failed_at: expect.any(String),
    },
  ]);
});

it('tells the ids whose group changed', async () => {
  const npm = { affected: [{ package: { ecosystem: 'npm', name: 'x' } }] };
  await importParts(part([osv({ id: 'GHSA-a', ...npm, aliases: ['CVE-2026-1'] })]));

  const { changes } = await importParts(part([osv({ id: 'GHSA-b', ...npm, aliases: ['CVE-2026-1'] })]));

  expect(changes[0]?.vulnerabilities.toSorted()).toEqual(['CVE-2026-1', 'GHSA-a', 'GHSA-b']);
});

it('groups aliases record by record as it would all at once', async () => {
  const ids = ['CVE-1', 'CVE-2', 'GHSA-a', 'GHSA-b', 'GHSA-c', 'PYSEC-1'];
  const steps = array(
    record({ id: constantFrom(...ids), aliases: uniqueArray(constantFrom(...ids), { maxLength: 2 }) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  const npm = { affected: [{ package: { ecosystem: 'npm', name: 'x' } }] };
  await assert(
    asyncProperty(steps, async (steps) => {
      await sql`truncate advisory, affected, alias, advisory_alias, advisory_dump`.execute(db);
      const last = new Map<string, string[]>();
      for (const [i, { id, aliases }] of steps.entries()) {
        const others = aliases.filter((alias) => alias !== id);
        last.set(id, others);
        await importParts(part([osv({ id, modified: day(i + 1), aliases: others, ...npm })]));
      }
      const expected = aliasGroups([...last].map(([id, aliases]) => ({ id, aliases })));
      const stored = new Set((await readGroups(db, ids)).values());

      const text = (groups: Iterable<{ ids: readonly string[] }>) =>
        [...groups].map(({ ids }) => ids.join()).sort();
      expect(text(stored)).toEqual(text(expected));
    }),
    { numRuns: 25 },
  );
});
