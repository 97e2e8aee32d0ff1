import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@plimsoll/runtime';
import { redHatVex } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AdvisoryChanges } from '../advisories/advisory-changes.ts';
import { AdvisoryMemory } from '../advisories/advisory-memory.ts';
import { createAdvisories, type Advisories } from '../advisories/index.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../testing-database.ts';
import { matchPackages, type Matcher } from './match-packages.ts';
import { rematch } from './rematch.ts';

// What a distribution does not fix is in no list of its fixes: Red Hat tells it in a VEX document per CVE.
let database: MigratedDatabase;
let matcher: Matcher;
let advisories: Advisories;
let folder: string;
let ids: number[];
let changes: AdvisoryChanges[];

const packages = [
  ['tar', '2:1.30-1.el9', 'rhel:9.4', ''],
  ['tar', '2:1.26-1.el7', 'rhel:7.9', ''],
  ['tar', '2:1.30-1.el8', 'rhel:8.10', ''],
  ['nodejs', '1:18.1.0-1.module+el8', 'rhel:8.10', 'nodejs:18:8080:1'],
  ['nodejs', '1:20.1.0-1.module+el8', 'rhel:8.10', 'nodejs:20:8080:1'],
  ['tar', '2:1.34-9.el9', 'almalinux:9.4', ''],
] as const;

beforeAll(async () => {
  database = await createMigratedDatabase();
  const { db } = database;
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-unfixed-'));
  matcher = { db, memory: new AdvisoryMemory() };
  const log = createLogger({ name: 'test', level: 'silent' });
  advisories = createAdvisories({ db, log, onChanged: async (change) => void changes.push(change) });
  const rows = packages.map(([name, version, distro, modularity]) => ({
    purl: `pkg:rpm/${distro.split(':')[0]}/${name}@${version}?distro=${distro}&m=${modularity}`,
    type: 'rpm',
    name,
    version,
    distro,
    modularity,
    source_name: name,
  }));
  const made = await db.insertInto('package').values(rows).returning('id').execute();
  ids = made.map(({ id }) => id);
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

/** Imports the folder, matches what that concerns, and tells what each package has then. */
async function imported(files: Record<string, object>) {
  changes = [];
  for (const [name, document] of Object.entries(files)) {
    writeFileSync(join(folder, name), JSON.stringify(document));
  }
  const reports = await advisories.importFrom(folder);
  expect(reports.flatMap(({ error }) => error ?? [])).toEqual([]);
  for (const change of changes) await rematch(matcher, change);
  const found = await database.db
    .selectFrom('finding')
    .innerJoin('package', 'package.id', 'finding.package_id')
    .select(['package.name', 'distro', 'modularity', 'vulnerability', 'severity', 'fix_state', 'fixed_in'])
    .orderBy('distro')
    .execute();
  return found.map((row) =>
    [row.name, row.distro, row.vulnerability, row.severity, row.fix_state, row.fixed_in ?? ''].join(' '),
  );
}

it('finds what Red Hat has not fixed yet, and what it will not fix, in the releases that it is said of', async () => {
  await matchPackages(matcher, ids);

  expect(await imported({ 'cve-2026-0001.json': redHatVex() })).toEqual([
    'tar rhel:7.9 CVE-2026-0001 low will-not-fix ',
    'nodejs rhel:8.10 CVE-2026-0001 medium will-not-fix ',
    'tar rhel:9.4 CVE-2026-0001 medium no-fix ',
  ]);
});

it('follows Red Hat when it fixes something, by its document and by its advisory', async () => {
  const advisory = {
    id: 'RHSA-2026:1',
    modified: '2026-01-03T00:00:00Z',
    upstream: ['CVE-2026-0001'],
    summary: 'Important: tar security update',
    affected: [
      {
        package: { ecosystem: 'Red Hat:enterprise_linux:9::baseos', name: 'tar' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2:1.34-9.el9' }] }],
      },
    ],
  };

  // The advisory comes before the document was brought up to date.
  const first = await imported({ 'rhsa.json': advisory });
  const then = await imported({
    'cve-2026-0001.json': redHatVex({ fixed: true, at: '2026-01-04T00:00:00Z' }),
  });

  expect(first).toContain('tar rhel:9.4 CVE-2026-0001 high fixed 2:1.34-9.el9');
  expect(then).toContain('tar rhel:9.4 CVE-2026-0001 high fixed 2:1.34-9.el9');
});

it('forgets what it said when its document is gone', async () => {
  rmSync(join(folder, 'cve-2026-0001.json'));

  expect(await imported({})).toEqual(['tar rhel:9.4 CVE-2026-0001 high fixed 2:1.34-9.el9']);
});
