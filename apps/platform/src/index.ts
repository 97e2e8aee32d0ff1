export type { ImportReport } from './advisories/index.ts';
export { newestMigration } from './database/migrate.ts';
export { openAdvisories, type OpenedAdvisories } from './open-advisories.ts';
export { run } from './run.ts';
