import { join } from 'node:path';
import { createLogger } from '@plimsoll/runtime';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importAdvisories } from '../advisories/import-advisories.ts';
import { createAdvisories } from '../advisories/index.ts';
import { partOf } from '../advisories/testing-part.ts';
import type { Database } from '../database/schema.ts';
import type { JobDefinition } from '../jobs/jobs.ts';
import { createFindings } from './index.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../testing-database.ts';

const advisoriesFolder = join(import.meta.dirname, '../../../../packages/testkit/data/advisories');
const log = createLogger({ name: 'test', level: 'silent' });

let database: MigratedDatabase;
let db: Kysely<Database>;
beforeAll(async () => {
  database = await createMigratedDatabase();
  ({ db } = database);
});
afterAll(() => database.drop());

it('matches packages again when the import job brought advisories about them, and tells which changed', async () => {
  const told: number[] = [];
  const waiting: { name: string; data: object }[] = [];
  const findings = createFindings({
    db,
    log,
    jobs: { send: async (name, data) => void waiting.push({ name, data: JSON.parse(JSON.stringify(data)) }) },
    onPackagesChanged: async (packageIds) => void told.push(...packageIds),
  });
  const advisories = createAdvisories({
    db,
    log,
    locations: [advisoriesFolder],
    ecosystems: ['npm'],
    onChanged: (changes, transaction) => findings.requestRematch(changes, transaction),
  });
  const [lodash = 0, safe = 0] = await insert(db, [
    ['lodash', '4.17.20'],
    ['lodash', '4.17.21'],
  ]);
  await findings.matchPackages([lodash, safe]);

  await run(advisories.jobs, { name: 'advisories.import', data: {} });
  for (const job of waiting) await run(findings.jobs, job);

  expect(new Set(told)).toEqual(new Set([lodash]));
  expect(await advisories.status()).toMatchObject([
    { id: 'npm', attributes: { advisories: 3426, skipped: 0 } },
  ]);
  const found = await db.selectFrom('finding').select(['package_id', 'vulnerability', 'fixed_in']).execute();
  expect(found).toContainEqual({ package_id: lodash, vulnerability: 'CVE-2021-23337', fixed_in: '4.17.21' });
});

it('raises priorities when a vulnerability becomes known to be exploited', async () => {
  const waiting: { name: string; data: object }[] = [];
  const findings = createFindings({
    db,
    log,
    jobs: { send: async (name, data) => void waiting.push({ name, data }) },
    onPackagesChanged: async () => {},
  });
  const [lodash = 0] = await insert(db, [['lodash', '4.17.19']]);
  await findings.matchPackages([lodash]);
  const priorities = async () =>
    new Map(
      (
        await db
          .selectFrom('finding')
          .select(['vulnerability', 'priority'])
          .where('package_id', '=', lodash)
          .execute()
      ).map(({ vulnerability, priority }) => [vulnerability, priority ?? -1]),
    );
  const before = await priorities();

  const exploited = { cve: 'CVE-2021-23337', name: 'x', addedOn: '2026-01-01', usedByRansomware: false };
  const onChanged: Parameters<typeof importAdvisories>[0]['onChanged'] = (changes, transaction) =>
    findings.requestRematch(changes, transaction);
  await importAdvisories({ db, log, onChanged, now: () => new Date() }, [
    partOf([{ exploited }], { ecosystem: 'kev.json', kind: 'exploited', extent: 'all' }),
  ]);
  for (const job of waiting) await run(findings.jobs, job);

  const after = await priorities();
  expect(waiting.map(({ name }) => name)).toEqual(['findings.prioritize']);
  expect(before.get('CVE-2021-23337')).toBeLessThan(700);
  expect(after.get('CVE-2021-23337')).toBeGreaterThan(900);
  expect([...after].filter(([id, priority]) => before.get(id) !== priority)).toHaveLength(1);

  // Whoever is matched afterwards has the new priority from the start.
  const [newer = 0] = await insert(db, [['lodash', '4.17.18']]);
  await findings.matchPackages([newer]);
  const [highest] = await db
    .selectFrom('finding')
    .select('vulnerability')
    .where('package_id', '=', newer)
    .orderBy('priority', 'desc')
    .execute();
  expect(highest).toEqual({ vulnerability: 'CVE-2021-23337' });
});

async function insert(db: Kysely<Database>, packages: [name: string, version: string][]): Promise<number[]> {
  const rows = packages.map(([name, version]) => ({
    purl: `pkg:npm/${name}@${version}`,
    type: 'npm',
    name,
    version,
  }));
  const made = await db.insertInto('package').values(rows).returning('id').execute();
  return made.map(({ id }) => id);
}

async function run(
  definitions: readonly JobDefinition[],
  job: { name: string; data: object },
): Promise<void> {
  const definition = definitions.find(({ name }) => name === job.name);
  await definition?.handle(definition.data.parse(job.data), new AbortController().signal);
}
