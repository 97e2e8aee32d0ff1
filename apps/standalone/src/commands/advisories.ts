import { AdvisoriesError } from '@plimsoll/advisories';
import { createLogger, exitCodes } from '@plimsoll/runtime';
import type { ImportReport, OpenedAdvisories } from '@plimsoll/platform';
import { advisoryLocation } from '../advisory-sources.ts';
import { CommandError, readOptions, UsageError, type Command } from '../command.ts';
import { DataDirectory } from '../data-directory.ts';
import { printError, printLine, table, visible } from '../terminal.ts';

/** `plimsoll advisories`: what is known about vulnerabilities. */
export const advisories: Command = {
  help: `Usage: plimsoll advisories import [options] SOURCE
       plimsoll advisories status [options]

Imports advisories in the OSV format into a platform's database. Stored images are matched again with what changed;
nothing is pulled. What is stored already and not newer is skipped; a record that cannot be read is named and skipped.

SOURCE is one of
  a folder          in the layout of the OSV dumps: ECOSYSTEM/all.zip
  a .zip or .jsonl  one file of records
  an address        https://.. in the same layout, or of one zip
  osv               the public dumps
  shipped           the small set that comes with Plimsoll

The database is that of the "plimsoll up" that runs on this folder, or the one DATABASE_URL names.
  --data-dir DIR    data directory of that "plimsoll up" (default .plimsoll)

Exit codes: 0 done, 1 a part could not be imported (what was known stays in use), 4 no database.`,

  async run(args) {
    const { values, positionals } = readOptions(args, {
      'data-dir': { type: 'string', default: '.plimsoll' },
    });
    const [verb, source, ...more] = positionals;
    if (verb === 'import' && source !== undefined && more.length === 0) {
      return withAdvisories(values['data-dir'], (opened) => importAll(opened, source));
    }
    if (verb === 'status' && source === undefined) return withAdvisories(values['data-dir'], printStatus);
    throw new UsageError('Say "import SOURCE" or "status".');
  },
};

async function withAdvisories(
  dataDir: string,
  work: (opened: OpenedAdvisories) => Promise<number>,
): Promise<number> {
  const databaseUrl = process.env['DATABASE_URL'] || new DataDirectory(dataDir).readRuntime()?.databaseUrl;
  if (databaseUrl === undefined) {
    throw new CommandError(
      exitCodes.unavailable,
      `Nothing runs on ${dataDir}, and DATABASE_URL is not set.\nStart "plimsoll up", or set DATABASE_URL to the platform's database.`,
    );
  }
  const { openAdvisories } = await import('@plimsoll/platform');
  const log = createLogger({
    name: 'advisories',
    level: 'warn',
    write: (line) => void process.stderr.write(line),
  });
  let opened: OpenedAdvisories;
  try {
    opened = await openAdvisories(databaseUrl, log);
  } catch (error) {
    throw new CommandError(
      exitCodes.unavailable,
      `The database cannot be used: ${(error as Error).message}`,
      { cause: error },
    );
  }
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

async function importAll(opened: OpenedAdvisories, source: string): Promise<number> {
  let reports: ImportReport[];
  try {
    reports = await opened.importFrom(advisoryLocation(source));
  } catch (error) {
    if (!(error instanceof AdvisoriesError)) throw error;
    const reason = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    throw new CommandError(exitCodes.failure, `${error.message}${reason}`, { cause: error });
  }
  for (const report of reports) {
    printLine(`    ${report.ecosystem}: ${report.advisories} advisories, ${report.changed} new or newer`);
    for (const { name, reason } of report.faults)
      printError(`    ! skipped ${visible(name)}: ${visible(reason)}`);
    if (report.error !== undefined) printError(`    ✘ ${report.ecosystem}: ${report.error}`);
  }
  return reports.some((report) => report.error !== undefined) ? exitCodes.failure : exitCodes.ok;
}

async function printStatus(opened: OpenedAdvisories): Promise<number> {
  const feeds = await opened.status();
  if (feeds.length === 0) {
    printLine('No advisories yet. Import some: plimsoll advisories import osv');
    return exitCodes.ok;
  }
  printLine(
    table(
      ['ECOSYSTEM', 'ADVISORIES', 'SKIPPED', 'NEWEST', 'IMPORTED', 'LAST ERROR'],
      feeds.map(({ attributes }) => [
        attributes.ecosystem,
        attributes.advisories,
        attributes.skipped,
        attributes.newest_modified?.slice(0, 10) ?? '',
        attributes.imported_at?.slice(0, 16) ?? 'never',
        attributes.last_error ?? '',
      ]),
      [1, 2],
    ),
  );
  return exitCodes.ok;
}
