import type { FeedItem } from '@plimsoll/advisories';
import { readOsvRecord } from '@plimsoll/advisories';
import { createLogger } from '@plimsoll/runtime';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../database/schema.ts';
import type { AdvisoryChanges } from './advisory-changes.ts';
import { readScores } from './epss-store.ts';
import { readExploited } from './exploited-store.ts';
import { importAdvisories, type ImportReport } from './import-advisories.ts';
import { partOf } from './testing-part.ts';
import { packageOf } from './vex-store.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../testing-database.ts';

let database: MigratedDatabase;
let db: Kysely<Database>;
beforeAll(async () => {
  database = await createMigratedDatabase();
  ({ db } = database);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await sql`truncate advisory, affected, alias, advisory_alias, advisory_dump, advisory_feed, epss_score,
    known_exploited, vex_document, vex_statement, finding_vex`.execute(db);
});

async function importItems(
  items: readonly FeedItem[],
  about: Parameters<typeof partOf>[1],
): Promise<{ report: ImportReport | undefined; changes: AdvisoryChanges[] }> {
  const changes: AdvisoryChanges[] = [];
  const onChanged = async (change: AdvisoryChanges) => void changes.push(change);
  const log = createLogger({ name: 'test', level: 'silent' });
  const now = () => new Date('2026-02-01T00:00:00Z');
  const [report] = await importAdvisories({ db, log, onChanged, now }, [partOf(items, about)]);
  return { report, changes };
}

const score = (cve: string, probability: number, scoredOn = '2026-01-01'): FeedItem => ({
  epss: { cve, probability, percentile: 0.5, model: 'v1', scoredOn },
});

it('replaces the scores of one day by those of the next, and says how many differ', async () => {
  const about = { ecosystem: 'epss.csv', kind: 'epss', extent: 'all' } as const;
  await importItems([score('CVE-1', 0.25), score('CVE-2', 0.5)], about);

  const same = await importItems([score('CVE-1', 0.25), score('CVE-2', 0.5)], about);
  const next = await importItems(
    [score('CVE-1', 0.75, '2026-01-02'), { fault: { name: 'l', reason: 'r' } }],
    about,
  );

  expect(same.report).toMatchObject({ advisories: 2, changed: 0 });
  expect(next.report).toMatchObject({ advisories: 1, changed: 2, skipped: 1 });
  expect([...(await readScores(db, ['CVE-1', 'CVE-2'])).values()]).toEqual([
    { cve: 'CVE-1', probability: 0.75, percentile: 0.5, model: 'v1', scoredOn: '2026-01-02' },
  ]);
});

it('keeps what was known when a file holds nothing', async () => {
  const about = { ecosystem: 'epss.csv', kind: 'epss', extent: 'all' } as const;
  await importItems([score('CVE-1', 0.25)], about);

  const { report } = await importItems([], about);

  expect(report?.error).toMatch(/holds nothing that could be read/);
  expect((await readScores(db, ['CVE-1'])).size).toBe(1);
});

it('keeps the catalogue of exploited vulnerabilities as it is published', async () => {
  const about = { ecosystem: 'kev.json', kind: 'exploited', extent: 'all' } as const;
  const exploited = {
    cve: 'CVE-1',
    name: 'Bad',
    addedOn: '2026-01-01',
    usedByRansomware: true,
    dueOn: '2026-01-22',
  };
  const other = { cve: 'CVE-2', name: 'Worse', addedOn: '2026-01-01', usedByRansomware: false };
  await importItems([{ exploited }, { exploited: other }], about);

  const { report } = await importItems([{ exploited }], about);

  expect(report).toMatchObject({ advisories: 1, changed: 1 });
  expect([...(await readExploited(db, ['CVE-1', 'CVE-2'])).values()]).toEqual([exploited]);
});

const vex = (version: string, issuedAt: string, vulnerability = 'CVE-1'): FeedItem => ({
  vex: {
    id: 'https://example.com/vex',
    format: 'openvex',
    author: 'Example',
    version,
    issuedAt,
    statements: [
      {
        vulnerability,
        aliases: ['GHSA-1'],
        products: [
          { product: 'pkg:oci/web', component: 'pkg:npm/@acme/x@1.0?a=b' },
          { product: 'pkg:oci/web' },
        ],
        status: 'not_affected',
        justification: 'component_not_present',
      },
    ],
  },
  document: Buffer.from('{}'),
});

it('stores the statements of a VEX document in place of those of its earlier version, and tells whom they concern', async () => {
  const about = { ecosystem: 'web.json', kind: 'vex', extent: 'all' } as const;
  await importItems([vex('1', '2026-01-01T00:00:00Z')], about);
  const { report, changes } = await importItems([vex('2', '2026-01-02T00:00:00Z', 'CVE-2')], about);
  await importItems([vex('0', '2025-01-01T00:00:00Z', 'CVE-3')], about);

  const rows = await db
    .selectFrom('vex_statement')
    .innerJoin('vex_document', 'vex_document.id', 'vex_statement.document')
    .select([
      'vulnerability',
      'product',
      'component',
      'package',
      'vex_statement.version',
      'status',
      'justification',
    ])
    .select('vex_document.version as documentVersion')
    .orderBy('vex_statement.id')
    .execute();
  expect(report).toMatchObject({ advisories: 1, changed: 1 });
  expect(changes).toEqual([
    { keys: [], vulnerabilities: [], advisories: [], spokenOf: ['CVE-1', 'GHSA-1', 'CVE-2'] },
  ]);
  const statement = { vulnerability: 'CVE-2', product: 'pkg:oci/web', status: 'not_affected' };
  const said = { ...statement, justification: 'component_not_present', documentVersion: '2' };
  expect(rows).toEqual([
    { ...said, component: 'pkg:npm/@acme/x@1.0?a=b', package: 'pkg:npm/%40acme/x', version: '1.0' },
    { ...said, component: null, package: 'pkg:oci/web', version: null },
  ]);
});

it.each([
  ['pkg:deb/debian/tar@1%3A1.34-1?arch=amd64', { package: 'pkg:deb/debian/tar', version: '1:1.34-1' }],
  ['pkg:npm/@acme/x', { package: 'pkg:npm/%40acme/x' }],
  ['pkg:npm/%40acme/x@1.0#lib', { package: 'pkg:npm/%40acme/x', version: '1.0' }],
])('reads package and version of %s', (purl, expected) => {
  expect(packageOf(purl)).toEqual(expected);
});

/** A record about packages of several ecosystems. */
function osv(id: string, day: number, ...packages: [ecosystem: string, name: string][]): FeedItem {
  const affected = packages.map(([ecosystem, name]) => ({
    package: { ecosystem, name },
    ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
  }));
  const modified = `2026-01-0${day}T00:00:00Z`;
  const document = Buffer.from(JSON.stringify({ id, modified, affected }));
  return { advisory: readOsvRecord(document), document };
}

const rules = async () =>
  (
    await db
      .selectFrom('affected')
      .select(['ecosystem', 'name'])
      .orderBy('ecosystem')
      .orderBy('name')
      .execute()
  ).map(({ ecosystem, name }) => `${ecosystem} ${name}`);
const dump = (ecosystem: string) => ({ ecosystem, isDump: true, extent: 'all' }) as const;

it('keeps what two dumps say about one id, each about its own ecosystem', async () => {
  await importItems([osv('GHSA-1', 3, ['npm', 'tinymce'], ['Packagist', 'not/asked'])], dump('npm'));
  await importItems([osv('GHSA-1', 1, ['Packagist', 'tinymce/tinymce'])], dump('Packagist'));
  expect(await rules()).toEqual(['Packagist tinymce/tinymce', 'npm tinymce']);

  await importItems([osv('GHSA-1', 4, ['npm', 'tinymce'], ['npm', 'tinymce-dist'])], dump('npm'));
  expect(await rules()).toEqual(['Packagist tinymce/tinymce', 'npm tinymce', 'npm tinymce-dist']);
});

it('lets the newer of a dump and a general source decide', async () => {
  const general = { ecosystem: 'github', isDump: false };
  await importItems([osv('GHSA-1', 2, ['npm', 'old'], ['PyPI', 'old'])], general);
  await importItems([osv('GHSA-1', 1, ['npm', 'older'])], dump('npm'));
  expect(await rules()).toEqual(['PyPI old', 'npm old']);

  await importItems([osv('GHSA-1', 3, ['npm', 'new'])], dump('npm'));
  expect(await rules()).toEqual(['PyPI old', 'npm new']);
});

it('compiles records again that other rules compiled', async () => {
  await importItems([osv('GHSA-1', 1, ['npm', 'x'])], dump('npm'));
  await sql`update advisory_dump set compiled = 0`.execute(db);
  await sql`delete from affected`.execute(db);

  const { report } = await importItems([osv('GHSA-1', 1, ['npm', 'x'])], dump('npm'));

  expect(report?.changed).toBe(1);
  expect(await rules()).toEqual(['npm x']);
});
