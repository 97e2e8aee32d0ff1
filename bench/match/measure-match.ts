import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readOsvRecord } from '@plimsoll/advisories';
import { createLogger } from '@plimsoll/runtime';
import { createTestDatabase } from '@plimsoll/testkit';
import { sql, type Kysely } from 'kysely';
import type { AdvisoryChanges } from '../../apps/platform/src/advisories/advisory-changes.ts';
import { AdvisoryMemory } from '../../apps/platform/src/advisories/advisory-memory.ts';
import { readDocuments } from '../../apps/platform/src/advisories/advisory-store.ts';
import { importAdvisories } from '../../apps/platform/src/advisories/import-advisories.ts';
import { partOf } from '../../apps/platform/src/advisories/testing-part.ts';
import { connectDatabase } from '../../apps/platform/src/database/connect.ts';
import type { Database } from '../../apps/platform/src/database/schema.ts';
import { matchPackages } from '../../apps/platform/src/findings/match-packages.ts';
import { rematch } from '../../apps/platform/src/findings/rematch.ts';
import { refreshCounts, refreshJob } from '../../apps/platform/src/projects/refresh-counts.ts';
import { runProgram } from '../../e2e/support/programs.ts';
import { median, progress, rounded, type Measure } from '../report.ts';
import type { ImportFigures } from './import-once.ts';
import { advisoryTables, diskBytes, imageTables, packageTables } from './disk-size.ts';
import { makeImages, makeOwner, makePackages, storeImages } from './make-data.ts';
import { SlowestQuery } from './slowest-query.ts';

const root = join(import.meta.dirname, '../..');
/** The large set when the checkout has it beside it, else the one that is shipped. */
const folders = [join(root, '../shared/advisories/osv'), join(root, 'packages/testkit/data/advisories')];

const images = { counts: [10_000, 100_000], packagesEach: 300, distinctPackages: 20_000 } as const;
const stored = { images: 1_000 } as const;
const changedAdvisories = 1_000;

type Row = Measure['rows'][number];
type World = { readonly db: Kysely<Database>; readonly slowest: SlowestQuery; readonly plans: string[] };

/** Measures the import of advisories, the match of one image, and the match of all images after a day's changes. */
export async function measureMatch(runs: number): Promise<Measure> {
  const folder = folders.find((path) => existsSync(path)) ?? '';
  const database = await createTestDatabase();
  const slowest = new SlowestQuery();
  const db = connectDatabase(database.connectionString).withPlugin(slowest);
  const world: World = { db, slowest, plans: [] };
  try {
    progress('importing advisories');
    // As the platform's process is started.
    const flags = ['--max-semi-space-size=4'];
    const program = [
      ...flags,
      join(import.meta.dirname, 'import-once.ts'),
      database.connectionString,
      folder,
    ];
    const imported = JSON.parse(await runProgram(process.execPath, program)) as ImportFigures;
    await sql`vacuum analyze`.execute(db);
    const advisoryBytes = await diskBytes(db, advisoryTables);
    const rows = [
      row('import', `${imported.advisories} advisories`, imported.seconds * 1000, [
        `${rounded(imported.advisories / imported.seconds, 0)}/s, peak ${rounded(imported.peakRssBytes / 1e6, 0)} MB`,
        `${rounded(advisoryBytes / imported.advisories, 0)} bytes per advisory on disk`,
      ]),
      ...(await matchImage(world, 1_000, runs)),
      ...(await matchImage(world, 5_000, runs)),
      ...(await rematchAll(world)),
    ];
    return { name: 'match', about: [...about(runs), ...world.plans], rows };
  } finally {
    await db.destroy();
    await database.drop();
  }
}

function about(runs: number): string[] {
  return [
    'match: half of the packages are named by advisories; first: nothing in memory, findings written; warm: rules in',
    `memory, findings equal, median of ${runs}; rematch: after an import of ${changedAdvisories} advisories with another severity`,
  ];
}

function row(step: string, size: string, ms: number, notes: readonly string[] = []): Row {
  return { step, size, ms: rounded(ms, 1), notes: notes.join(', ') };
}

async function matchImage({ db, slowest, plans }: World, count: number, runs: number): Promise<Row[]> {
  const packageIds = await makePackages(db, count);
  await sql`analyze package`.execute(db);
  const size = `${packageIds.length} packages`;
  progress(`matching ${size}`);
  const matcher = { db, memory: new AdvisoryMemory() };
  slowest.forget();
  const first = await timed(() => matchPackages(matcher, packageIds));
  const afterStart = await timed(() => matchPackages({ db, memory: new AdvisoryMemory() }, packageIds));
  plans.push(...(await slowest.explain(db)));
  const warm: number[] = [];
  for (let run = 0; run < runs; run++) {
    warm.push((await timed(() => matchPackages(matcher, packageIds))).ms);
  }
  const { rows } = await sql<{ count: number }>`
    select count(*) from finding where package_id = any(${packageIds})`.execute(db);
  return [
    row('match, first', size, first.ms, [`${rows[0]?.count} findings written`]),
    row('match, after start', size, afterStart.ms),
    row('match, warm', size, median(warm)),
  ];
}

async function rematchAll({ db, slowest, plans }: World): Promise<Row[]> {
  const rows = [await storedSize(db)];
  const packageIds = await makePackages(db, images.distinctPackages);
  progress(`matching ${packageIds.length} packages`);
  const matcher = { db, memory: new AdvisoryMemory() };
  await matchPackages(matcher, packageIds);
  const owner = await makeOwner(db);
  let made = 0;
  for (const count of images.counts) {
    progress(`making ${count} images`);
    await makeImages(db, owner, { from: made, to: count }, packageIds, images.packagesEach);
    made = count;
    await refreshCounts(db, await shownImageIds(db));
    await sql`vacuum analyze`.execute(db);
    const changes = await changeAdvisories(db, count === images.counts[0]);
    slowest.forget();
    const matched = await timed(() => rematch(matcher, changes));
    plans.push(...(await slowest.explain(db)));
    const counted = await timed(() => countAgain(db, matched.result));
    const size = `${count} images x ${images.packagesEach}, ${packageIds.length} packages`;
    rows.push(
      row('rematch', size, matched.ms, [
        `${result(changes)}, ${matched.result.length} packages count otherwise`,
      ]),
      row('  counters', `${count} projects`, counted.ms),
      row('  both', size, matched.ms + counted.ms),
    );
  }
  return rows;
}

function result({ advisories, keys }: AdvisoryChanges): string {
  return `${advisories.length} advisories, ${keys.length} names`;
}

/** What the job does that follows a match. */
async function countAgain(db: Kysely<Database>, packageIds: readonly number[]): Promise<void> {
  await refreshJob(db).handle({ packageIds: [...packageIds] }, new AbortController().signal);
}

async function shownImageIds(db: Kysely<Database>): Promise<number[]> {
  const shown = await db.selectFrom('image').select('id').where('analyzers', '=', 'bench').execute();
  return shown.map(({ id }) => id);
}

async function storedSize(db: Kysely<Database>): Promise<Row> {
  progress(`storing ${stored.images} images with their inventories`);
  await sql`vacuum full image`.execute(db);
  const [before, packagesBefore] = [await diskBytes(db, imageTables), await diskBytes(db, packageTables)];
  const { ms } = await timed(async () =>
    storeImages(db, await makeOwner(db), stored.images, images.packagesEach),
  );
  const [after, packagesAfter] = [await diskBytes(db, imageTables), await diskBytes(db, packageTables)];
  return row('store', `${stored.images} images x ${images.packagesEach}`, ms, [
    `${rounded((after - before) / 1e6, 1)} MB of images`,
    `${rounded((packagesAfter - packagesBefore) / 1e6, 1)} MB of distinct packages`,
  ]);
}

/** Imports records about the packages with a later date and another severity, so that all that they affect counts anew. */
async function changeAdvisories(db: Kysely<Database>, isSevere: boolean): Promise<AdvisoryChanges> {
  const { rows } = await sql<{ id: string }>`
    select distinct affected.advisory_id as id from affected join package_key using (ecosystem, name)
    order by 1 limit ${changedAdvisories}`.execute(db);
  const documents = await readDocuments(
    db,
    rows.map(({ id }) => id),
  );
  const items = [...documents.values()].map((stored) => {
    const record = stored as { modified: string; affected?: object[] };
    const modified = new Date(new Date(record.modified).getTime() + 1).toISOString();
    const effect = isSevere ? 'H' : 'L';
    const vector = `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:${effect}/I:${effect}/A:${effect}`;
    const affected = record.affected?.map((entry) => ({ ...entry, severity: [] }));
    const changed = { ...record, modified, affected, severity: [{ type: 'CVSS_V3', score: vector }] };
    const document = Buffer.from(JSON.stringify(changed));
    return { advisory: readOsvRecord(document), document };
  });
  const changes: AdvisoryChanges = { keys: [], vulnerabilities: [], advisories: [] };
  const onChanged = async ({ keys, vulnerabilities, advisories }: AdvisoryChanges) => {
    changes.advisories.push(...advisories);
    changes.keys.push(...keys);
    changes.vulnerabilities.push(...vulnerabilities);
  };
  const log = createLogger({ name: 'bench', level: 'error' });
  await importAdvisories({ db, log, onChanged, now: () => new Date() }, [
    partOf(items, { ecosystem: 'bench' }),
  ]);
  return changes;
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}
