import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { AdvisoriesError } from '../advisories-error.ts';
import { downloadText, downloadToFile } from '../download.ts';
import type { Feed, FeedItem, FeedOptions, FeedPart } from '../feed.ts';
import { readJsonl } from '../jsonl-records.ts';
import { readOsvRecord } from '../read-osv-record.ts';
import { readZip, type ArchivedFile } from '../zip-records.ts';

/**
 * Dumps in the layout of osv.dev (google.github.io/osv.dev/data): `<location>/<ECOSYSTEM>/all.zip` in a folder or at
 * an address, a single zip, or a .jsonl file.
 */
export const osv: Feed = {
  id: 'osv',
  accepts: () => true,
  open(location, options, signal) {
    return isAddress(location) ? openAddress(location, options, signal) : openPath(location, options);
  },
};

/** What images can contain; large sets that they rarely do (Linux, Android, OSS-Fuzz, GIT) stay off unless named. */
const defaultEcosystems: readonly string[] = [
  'AlmaLinux',
  'Alpine',
  'Bitnami',
  'CRAN',
  'Chainguard',
  'Debian',
  'GHC',
  'Go',
  'Hackage',
  'Hex',
  'Maven',
  'MinimOS',
  'NuGet',
  'Packagist',
  'Pub',
  'PyPI',
  'Red Hat',
  'Rocky Linux',
  'RubyGems',
  'SUSE',
  'SwiftURL',
  'Ubuntu',
  'Wolfi',
  'crates.io',
  'npm',
  'openEuler',
  'openSUSE',
];

async function openPath(location: string, { ecosystems }: FeedOptions): Promise<FeedPart[]> {
  const found = await stat(location).catch((error: unknown) => {
    throw new AdvisoriesError('not-found', `There is nothing at ${location}`, { cause: error });
  });
  if (!found.isDirectory()) return [filePart(location)];
  const wanted = new Set(ecosystems ?? defaultEcosystems);
  const folders = (await readdir(location)).filter((name) => wanted.has(name)).sort();
  const parts: FeedPart[] = [];
  for (const name of folders) {
    const path = join(location, name, 'all.zip');
    if (await stat(path).catch(() => undefined)) parts.push(filePart(path));
  }
  if (parts.length > 0) return parts;
  throw new AdvisoriesError('not-found', `${location} holds no <ECOSYSTEM>/all.zip of a known ecosystem`);
}

function filePart(path: string): FeedPart {
  const read = /\.(?:jsonl|ndjson)$/i.test(path) ? readJsonl : readZip;
  return {
    ecosystem: ecosystemOfPath(path),
    source: path,
    isComplete: isDump(path),
    read: (signal) => items(read(path, signal)),
  };
}

/** `Debian/all.zip` and `Debian.zip` are both about Debian. */
function ecosystemOfPath(path: string): string {
  const name = basename(path, extname(path));
  return name === 'all' ? basename(dirname(resolve(path))) : name;
}

async function openAddress(
  location: string,
  { ecosystems, temporaryFolder }: FeedOptions,
  signal?: AbortSignal,
): Promise<FeedPart[]> {
  const { pathname, username, password } = new URL(location);
  if (username || password) {
    // The address is shown and logged.
    throw new AdvisoriesError('invalid', 'The address of a feed must not hold a user name or password');
  }
  if (/\.zip$/i.test(pathname)) {
    return [addressPart(location, ecosystemOfAddress(location), temporaryFolder)];
  }
  const base = location.replace(/\/+$/, '');
  const offered = ecosystems ?? (await listed(`${base}/ecosystems.txt`, signal)) ?? defaultEcosystems;
  return offered.map((ecosystem) =>
    addressPart(`${base}/${encodeURIComponent(ecosystem)}/all.zip`, ecosystem, temporaryFolder),
  );
}

/** The ecosystems that a mirror says it has and images can contain; undefined when it does not say. */
async function listed(address: string, signal?: AbortSignal): Promise<string[] | undefined> {
  try {
    const lines = (await downloadText(address, signal)).split(/\r?\n/);
    return defaultEcosystems.filter((ecosystem) => lines.includes(ecosystem));
  } catch (error) {
    if (error instanceof AdvisoriesError && error.code === 'not-found') return undefined;
    throw error;
  }
}

function addressPart(address: string, ecosystem: string, temporaryFolder: string | undefined): FeedPart {
  return {
    ecosystem,
    source: address,
    isComplete: isDump(new URL(address).pathname),
    async *read(signal) {
      await using file = await downloadToFile(address, temporaryFolder, signal);
      yield* items(readZip(file.path, signal));
    },
  };
}

function ecosystemOfAddress(address: string): string {
  return ecosystemOfPath(decodeURIComponent(new URL(address).pathname));
}

/** Only the file that the dumps' layout calls so holds all of an ecosystem; any other zip may be a selection. */
function isDump(path: string): boolean {
  return basename(path) === 'all.zip';
}

function isAddress(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

async function* items(files: AsyncIterable<ArchivedFile>): AsyncIterable<FeedItem> {
  for await (const file of files) yield 'bytes' in file ? itemOf(file.name, file.bytes) : { fault: file };
}

function itemOf(name: string, document: Uint8Array): FeedItem {
  try {
    return { advisory: readOsvRecord(document), document };
  } catch (error) {
    return { fault: { name, reason: (error as Error).message } };
  }
}
