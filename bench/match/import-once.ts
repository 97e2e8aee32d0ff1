// One import as a process of its own: `node import-once.ts DATABASE_URL FOLDER`, prints an ImportFigures line.
import { openFeed } from '@plimsoll/advisories';
import { createLogger } from '@plimsoll/runtime';
import { importAdvisories } from '../../apps/platform/src/advisories/import-advisories.ts';
import { connectDatabase } from '../../apps/platform/src/database/connect.ts';
import { migrate } from '../../apps/platform/src/database/migrate.ts';

export type ImportFigures = {
  readonly advisories: number;
  readonly seconds: number;
  /** Highest resident memory of this process, bytes. */
  readonly peakRssBytes: number;
};

const [databaseUrl = '', folder = ''] = process.argv.slice(2);
const db = connectDatabase(databaseUrl);
await migrate(db);
const log = createLogger({ name: 'bench', level: 'error' });
const start = performance.now();
const parts = await openFeed(folder);
const reports = await importAdvisories({ db, log, onChanged: async () => {}, now: () => new Date() }, parts);
const figures: ImportFigures = {
  advisories: reports.reduce((sum, report) => sum + report.advisories, 0),
  seconds: (performance.now() - start) / 1000,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
};
await db.destroy();
console.log(JSON.stringify(figures));
