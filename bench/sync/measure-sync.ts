import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalPostgres } from '@plimsoll/local-postgres';
import { connectDatabase } from '../../apps/platform/src/database/connect.ts';
import { migrate } from '../../apps/platform/src/database/migrate.ts';
import type { Measure } from '../report.ts';
import { measureApi } from './measure-api.ts';
import { measureObserve } from './measure-observe.ts';
import { measurePlan } from './measure-plan.ts';
import type { BenchDatabase } from './bench-database.ts';

/** The parts that `--only` names. */
const parts = { observe: measureObserve, plan: measurePlan, api: measureApi } as const;

/** Measures a sync without its scans: what it plans, what it stores, and how the API answers on a large registry. */
export async function measureSync(
  runs: number,
  { only }: { readonly only: readonly string[] },
): Promise<Measure> {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-bench-postgres-'));
  // As safe as in production: what is stored is on the disk.
  const server = await startLocalPostgres({ directory });
  const connectionString = server.connectionString();
  const db = connectDatabase(connectionString);
  try {
    await migrate(db);
    const database: BenchDatabase = { db, connectionString };
    const rows: Measure['rows'][number][] = [];
    for (const [part, measure] of Object.entries(parts)) {
      if (only.length === 0 || only.includes(part)) rows.push(...(await measure(database, runs)));
    }
    return { name: 'sync', about: about(runs), rows };
  } finally {
    await db.destroy();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function about(runs: number): string[] {
  return [
    'observe: from the agent, that answers at once, through broker client and tunnel into PostgreSQL (with fsync); again: when',
    'everything is known already',
    'plan: from the observations in PostgreSQL to the list of what to do, the second in a process of its own, under',
    `Or(Regex, And(Regex, LastNObserved)); a tenth of the tags has projects; median of ${runs}`,
    'api: one platform process over HTTP with 100,000 projects and 5,000,000 issues; median of 200 requests, one after another',
  ];
}
