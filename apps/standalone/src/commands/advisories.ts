import { AdvisoriesError, manifestOf, writeBundle } from '@plimsoll/advisories';
import { createLogger, exitCodes, Secret } from '@plimsoll/runtime';
import type { ImportReport, OpenedAdvisories } from '@plimsoll/platform';
import { advisoryLocations } from '../advisory-sources.ts';
import { CommandError, readOptions, UsageError, type Command } from '../command.ts';
import { DataDirectory } from '../data-directory.ts';
import { printError, printLine, table, visible } from '../terminal.ts';

/** `plimsoll advisories`: what is known about vulnerabilities. */
export const advisories: Command = {
  help: `Usage: plimsoll advisories import [options] SOURCE..
       plimsoll advisories status [options]
       plimsoll advisories bundle [--output FILE] SOURCE..

import  brings advisories, and what goes with them, into a platform's database. Stored images are matched again with
        what changed; nothing is pulled. Sources that did not change are not read, records that are stored already and
        not newer are skipped; a record that cannot be read is named and skipped.
status  tells of each feed how many records there are, how old they are, and what failed last.
bundle  writes what the sources hold into one file with checksums, to carry into a network without a way out; import
        reads it there.

SOURCE is one of
  a folder      in the layout of the OSV dumps (ECOSYSTEM/all.zip), with any of the files below anywhere in it, or a
                clone of github/advisory-database
  a file        a bundle; a .zip or .jsonl of OSV records; EPSS scores (.csv, .csv.gz); CISA's catalogue of exploited
                vulnerabilities; an OpenVEX or CSAF document; advisories as GitHub's REST API answers (.json, .json.gz)
  an address    https://.. of the dumps, of one such file, or of GitHub's list (https://api.github.com/advisories, with the
                token in ADVISORIES_GITHUB_TOKEN, if any); HTTPS_PROXY and NO_PROXY are heeded
  osv epss kev  the public dumps, scores, catalogue; "public" for the three of them
  shipped       the small set that comes with Plimsoll

  --output FILE     of bundle (default plimsoll-advisories-DATE.zip)
  --data-dir DIR    data directory of the "plimsoll up" whose database is meant (default .plimsoll), unless
                    DATABASE_URL names one

Exit codes: 0 done, 1 a part could not be read (what was known stays in use), 4 no database.`,

  async run(args) {
    const { values, positionals } = readOptions(args, {
      'data-dir': { type: 'string', default: '.plimsoll' },
      output: { type: 'string' },
    });
    const [verb, ...sources] = positionals;
    if (verb === 'bundle' && sources.length > 0) return writeOne(values.output, sources);
    if (values.output !== undefined) throw new UsageError('--output goes with "bundle SOURCE..".');
    if (verb === 'import' && sources.length > 0) {
      return withAdvisories(values['data-dir'], (opened) => importAll(opened, sources));
    }
    if (verb === 'status' && sources.length === 0) return withAdvisories(values['data-dir'], printStatus);
    throw new UsageError('Say "import SOURCE..", "bundle SOURCE.." or "status".');
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
    const githubToken = process.env['ADVISORIES_GITHUB_TOKEN'];
    opened = await openAdvisories(databaseUrl, log, githubToken ? new Secret(githubToken) : undefined);
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

async function importAll(opened: OpenedAdvisories, sources: readonly string[]): Promise<number> {
  const reports: ImportReport[] = [];
  for (const location of sources.flatMap(advisoryLocations)) {
    await warnOfAge(location);
    reports.push(...(await sourceErrors(() => opened.importFrom(location))));
  }
  for (const report of reports) {
    printLine(`    ${report.ecosystem}: ${outcomeOf(report)}`);
    for (const { name, reason } of report.faults)
      printError(`    ! skipped ${visible(name)}: ${visible(reason)}`);
    if (report.error !== undefined) printError(`    ✘ ${report.ecosystem}: ${report.error}`);
  }
  return reports.some((report) => report.error !== undefined) ? exitCodes.failure : exitCodes.ok;
}

function outcomeOf({ isUnchanged, feed, advisories, changed, withdrawn }: ImportReport): string {
  if (isUnchanged) return 'unchanged since it was last read';
  const records =
    feed === 'osv' || feed === 'github' || feed === undefined ? 'advisories' : `records (${feed})`;
  return `${advisories} ${records}, ${changed} new or newer${withdrawn > 0 ? `, ${withdrawn} withdrawn` : ''}`;
}

/** What a source's owner should be told about in other words than a crash. */
async function sourceErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AdvisoriesError)) throw error;
    const reason = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    throw new CommandError(exitCodes.failure, `${error.message}${reason}`, { cause: error });
  }
}

const dayMs = 24 * 60 * 60 * 1000;
/** A bundle that is older than this misses what matters most: what is being exploited now. */
const oldBundleDays = 2;

async function warnOfAge(location: string): Promise<void> {
  const manifest = await sourceErrors(() => manifestOf(location).catch(ignoreMissing));
  if (!manifest) return;
  const days = Math.floor((Date.now() - new Date(manifest.createdAt).getTime()) / dayMs);
  const text = `    bundle of ${manifest.createdAt.slice(0, 16)}, ${manifest.files.length} files, ${days} days old`;
  if (days > oldBundleDays) printError(`${text}: a newer one would know more`);
  else printLine(text);
}

/** Folders and addresses are no bundles. */
function ignoreMissing(error: unknown): undefined {
  if (error instanceof AdvisoriesError && error.code === 'not-found') return undefined;
  if ((error as NodeJS.ErrnoException).code === 'EISDIR') return undefined;
  throw error;
}

async function writeOne(output: string | undefined, sources: readonly string[]): Promise<number> {
  const path = output ?? `plimsoll-advisories-${new Date().toISOString().slice(0, 10)}.zip`;
  const manifest = await sourceErrors(() =>
    writeBundle(path, sources.flatMap(advisoryLocations), {}, (file) =>
      printLine(`    ${visible(file.path)}: ${file.sizeBytes} bytes`),
    ),
  );
  printLine(`    ${path}: ${manifest.files.length} files, as of ${manifest.createdAt.slice(0, 16)}`);
  return exitCodes.ok;
}

async function printStatus(opened: OpenedAdvisories): Promise<number> {
  const feeds = await opened.status();
  if (feeds.length === 0) {
    printLine('No advisories yet. Import some: plimsoll advisories import osv');
    return exitCodes.ok;
  }
  printLine(
    table(
      ['ECOSYSTEM', 'FEED', 'RECORDS', 'SKIPPED', 'NEWEST', 'IMPORTED', 'AGE', 'LAST ERROR'],
      feeds.map(({ attributes }) => [
        attributes.ecosystem,
        attributes.feed ?? '',
        attributes.advisories,
        attributes.skipped,
        attributes.newest_modified?.slice(0, 10) ?? '',
        attributes.imported_at?.slice(0, 16) ?? 'never',
        ageOf(attributes.age_seconds, attributes.is_stale),
        attributes.last_error ?? '',
      ]),
      [2, 3],
    ),
  );
  return exitCodes.ok;
}

function ageOf(seconds: number | undefined, isStale = false): string {
  if (seconds === undefined) return '';
  const hours = Math.floor(seconds / 3600);
  const text = hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
  return isStale ? `${text} (old)` : text;
}
