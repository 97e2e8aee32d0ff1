import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFeed, readOsvRecord } from '@plimsoll/advisories';
import { createLogger } from '@plimsoll/runtime';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdvisoryMemory } from '../advisories/advisory-memory.ts';
import type { AdvisoryChanges } from '../advisories/advisory-changes.ts';
import { importAdvisories } from '../advisories/import-advisories.ts';
import { partOf } from '../advisories/testing-part.ts';
import type { Database } from '../database/schema.ts';
import { matchPackages, matchUnmatched, type Matcher } from './match-packages.ts';
import { rematch } from './rematch.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../testing-database.ts';

const testkitData = join(import.meta.dirname, '../../../../packages/testkit/data');
const log = createLogger({ name: 'test', level: 'silent' });

let database: MigratedDatabase;
let db: Kysely<Database>;
let matcher: Matcher;
beforeAll(async () => {
  database = await createMigratedDatabase();
  ({ db } = database);
  matcher = { db, memory: new AdvisoryMemory() };
  const parts = await openFeed(join(testkitData, 'advisories'));
  await importAdvisories({ db, log, onChanged: async () => {}, now: () => new Date() }, parts);
}, 120_000);
afterAll(() => database.drop());

type Row = {
  purl: string;
  type: string;
  name: string;
  version: string;
  source_name?: string;
  source_version?: string;
  distro?: string;
  owned?: boolean;
};

async function insert(rows: readonly Row[]): Promise<number[]> {
  const made = await db
    .insertInto('package')
    .values([...rows])
    .returning('id')
    .execute();
  return made.map(({ id }) => id);
}

async function findingsOf(packageIds: readonly number[]) {
  const rows = await db
    .selectFrom('finding')
    .innerJoin('package', 'package.id', 'finding.package_id')
    .select([
      'package.name',
      'vulnerability',
      'fix_state',
      'fixed_in',
      'severity',
      'advisory_ids',
      'finding.id',
      'finding.created_at',
      'finding.updated_at',
    ])
    .where(sql<boolean>`package_id = any(${packageIds})`)
    .orderBy('package.name')
    .orderBy('vulnerability')
    .execute();
  return rows;
}

/** The packages of a Debian 12 minbase root file system, as its dpkg database has them. */
function debianMinbase(): Row[] {
  const layer = JSON.parse(readFileSync(join(testkitData, 'demo-images/layers/debian-12.json'), 'utf8'));
  const status: string[] = layer.files['var/lib/dpkg/status'];
  return status
    .join('\n')
    .split('\n\n')
    .flatMap((paragraph) => {
      const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(paragraph)?.[1];
      const [name, version] = [field('Package'), field('Version')];
      if (!name || !version || field('Status')?.split(' ')[2] !== 'installed') return [];
      const [, source_name = '', source_version = ''] =
        /^(\S+)(?: \((.+)\))?/.exec(field('Source') ?? '') ?? [];
      return [
        {
          purl: `pkg:deb/debian/${name}@${version}`,
          type: 'deb',
          name,
          version,
          source_name,
          source_version,
          distro: 'debian:12',
        },
      ];
    });
}

describe('a Debian 12 minbase', () => {
  let ids: number[];
  let found: Awaited<ReturnType<typeof findingsOf>>;
  beforeAll(async () => {
    ids = await insert(debianMinbase());
    await matchPackages(matcher, ids);
    found = await findingsOf(ids);
  });

  it('has findings through source names, and well-known open issues without a fix', () => {
    const sources = new Map(debianMinbase().map((row) => [row.name, row.source_name || row.name]));
    const open = new Set(
      found.filter((row) => row.fix_state === 'no-fix').map(({ name }) => sources.get(name)),
    );

    expect(found.filter((row) => row.fix_state === 'fixed').length).toBeGreaterThan(10);
    expect(found.some(({ name }) => name === 'perl-base')).toBe(true);
    expect([...open]).toEqual(expect.arrayContaining(['tar', 'coreutils', 'shadow', 'zlib', 'ncurses']));
    process.stdout.write(
      `Debian 12 minbase: ${ids.length} packages, ${new Set(found.map((row) => row.vulnerability)).size} vulnerabilities\n`,
    );
  });

  it('has none that stems from comparing a binary version with a source version', () => {
    // The binary 1:2.38.1 would be above every fix of util-linux, and bash's rebuild suffix above its source.
    const utilLinux = (name: string) =>
      found.filter((row) => row.name === name).map((row) => row.vulnerability);

    expect(utilLinux('bsdutils')).toEqual(utilLinux('mount'));
    expect(utilLinux('bsdutils').length).toBeGreaterThan(0);
  });

  it('has the same findings when it is matched again', async () => {
    expect(await matchPackages(matcher, ids)).toEqual([]);
    expect(await findingsOf(ids)).toEqual(found);
  });
});

it('does not match what dpkg owns against a language', async () => {
  const lodash = { type: 'npm', name: 'lodash', version: '4.17.20' };
  const [owned = 0, own = 0] = await insert([
    { ...lodash, purl: 'pkg:npm/lodash@4.17.20', distro: 'debian:12', owned: true },
    { ...lodash, purl: 'pkg:npm/lodash@4.17.20' },
  ]);

  await matchPackages(matcher, [owned, own]);

  expect(await findingsOf([owned])).toEqual([]);
  expect((await findingsOf([own])).map((row) => row.vulnerability)).toContain('CVE-2021-23337');
});

it('finds what was never matched, and each only once', async () => {
  const ids = await insert([
    { purl: 'pkg:npm/minimist@1.2.5', type: 'npm', name: 'minimist', version: '1.2.5' },
    { purl: 'pkg:npm/left-pad@1.3.0', type: 'npm', name: 'left-pad', version: '1.3.0' },
  ]);

  expect(await matchUnmatched(matcher)).toEqual([ids[0]]);
  expect(await matchUnmatched(matcher)).toEqual([]);
});

it('touches only the package that a changed advisory names, and keeps what stays', async () => {
  const [x = 0, y = 0] = await insert([
    { purl: 'pkg:npm/plimsoll-x@1.0.0', type: 'npm', name: 'plimsoll-x', version: '1.0.0' },
    { purl: 'pkg:npm/plimsoll-y@1.0.0', type: 'npm', name: 'plimsoll-y', version: '1.0.0' },
  ]);
  await change(1, {
    'GHSA-x1': ['plimsoll-x', undefined],
    'GHSA-x2': ['plimsoll-x', '1.1.0'],
    'GHSA-y1': ['plimsoll-y', '2.0.0'],
  });
  await matchPackages(matcher, [x, y]);
  const before = await findingsOf([x, y]);

  const changes = await change(2, { 'GHSA-x1': ['plimsoll-x', '1.2.0'] });
  const changed = await rematch(matcher, changes);
  const after = await findingsOf([x, y]);

  expect(changed).toEqual([x]);
  const states = (rows: typeof after) => rows.map((row) => [row.vulnerability, row.fix_state, row.fixed_in]);
  expect(states(before)).toEqual([
    ['GHSA-x1', 'no-fix', null],
    ['GHSA-x2', 'fixed', '1.1.0'],
    ['GHSA-y1', 'fixed', '2.0.0'],
  ]);
  expect(states(after)).toEqual([
    ['GHSA-x1', 'fixed', '1.2.0'],
    ['GHSA-x2', 'fixed', '1.1.0'],
    ['GHSA-y1', 'fixed', '2.0.0'],
  ]);
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect(after.map((row) => row.created_at)).toEqual(before.map((row) => row.created_at));
  expect(after.slice(1)).toEqual(before.slice(1));
});

it('closes a finding whose advisory was withdrawn, and joins two when they turn out to be one', async () => {
  const [z = 0] = await insert([
    { purl: 'pkg:npm/plimsoll-z@1.0.0', type: 'npm', name: 'plimsoll-z', version: '1.0.0' },
  ]);
  await change(1, {
    'GHSA-z1': ['plimsoll-z', '1.1.0'],
    'GHSA-z2': ['plimsoll-z', '1.1.0'],
    'GHSA-z3': ['plimsoll-z', '1.1.0'],
  });
  await matchPackages(matcher, [z]);

  await rematch(
    matcher,
    await change(2, { 'GHSA-z1': ['plimsoll-z', '1.1.0', { withdrawn: '2026-01-02T00:00:00Z' }] }),
  );
  await rematch(
    matcher,
    await change(2, { 'GHSA-z2': ['plimsoll-z', '1.1.0', { aliases: ['GHSA-z3', 'CVE-2026-7'] }] }),
  );

  expect((await findingsOf([z])).map((row) => [row.vulnerability, row.advisory_ids])).toEqual([
    ['CVE-2026-7', ['GHSA-z2', 'GHSA-z3']],
  ]);
});

/** Imports npm advisories as modified on a day, and tells what that changed. */
async function change(
  day: number,
  records: Record<string, [name: string, fixed: string | undefined, rest?: object]>,
): Promise<AdvisoryChanges> {
  const all: AdvisoryChanges = { keys: [], vulnerabilities: [], advisories: [] };
  const items = Object.entries(records).map(([id, [name, fixed, rest]]) => {
    const events = [{ introduced: '0' }, ...(fixed ? [{ fixed }] : [])];
    const affected = [{ package: { ecosystem: 'npm', name }, ranges: [{ type: 'SEMVER', events }] }];
    const document = Buffer.from(
      JSON.stringify({ id, modified: `2026-01-0${day}T00:00:00Z`, affected, ...rest }),
    );
    return { advisory: readOsvRecord(document), document };
  });
  const onChanged = async (changes: AdvisoryChanges) => {
    all.keys.push(...changes.keys);
    all.vulnerabilities.push(...changes.vulnerabilities);
    all.advisories.push(...changes.advisories);
  };
  await importAdvisories({ db, log, onChanged, now: () => new Date() }, [
    partOf(items, { ecosystem: 'npm' }),
  ]);
  return all;
}

it('lets the database of the ecosystem overrule a more general one under another id, whatever else is matched', async () => {
  const record = (id: string, aliases: string[], fixed: string) => {
    const ranges = [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }];
    const affected = [{ package: { ecosystem: 'PyPI', name: 'overruled' }, ranges }];
    const document = Buffer.from(JSON.stringify({ id, aliases, modified: '2026-01-01T00:00:00Z', affected }));
    return { advisory: readOsvRecord(document), document };
  };
  await importAdvisories({ db, log, onChanged: async () => {}, now: () => new Date() }, [
    partOf(
      [
        record('GHSA-over-rule-d001', ['CVE-2026-77'], '2.0'),
        record('PYSEC-2026-77', ['CVE-2026-77'], '1.5'),
      ],
      {
        ecosystem: 'overruled',
      },
    ),
  ]);
  const row = (version: string) => ({
    purl: `pkg:pypi/overruled@${version}`,
    type: 'pypi',
    name: 'overruled',
    version,
  });
  const [older = 0, newer = 0] = await insert([row('1.4'), row('1.6')]);

  await matchPackages(matcher, [newer]);
  const alone = await findingsOf([newer]);
  await matchPackages(matcher, [older, newer]);

  expect(alone).toEqual([]);
  expect((await findingsOf([older, newer])).map(({ vulnerability }) => vulnerability)).toEqual([
    'CVE-2026-77',
  ]);
});
