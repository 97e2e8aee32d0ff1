import { AdvisoriesError } from '../advisories-error.ts';
import { downloadText, downloadToFile, type Download } from '../download.ts';
import type { FeedOptions, FeedPart, Known, Reading } from '../feed.ts';
import { openFeedFile } from '../feed-file.ts';
import { ecosystemOfPath, isDump, nothing, readingOf } from './file-part.ts';
import { githubApiPart, isGithubApi } from './github-api.ts';
import { imageEcosystems } from './image-ecosystems.ts';
import { readChanges } from './osv-changes.ts';

/** A whole dump is read at least this often: only that tells which records are gone. */
const completeEveryMs = 7 * 24 * 60 * 60 * 1000;

/**
 * Lists what an address holds: one file in a known format, or the base of a set of OSV dumps
 * (google.github.io/osv.dev/data).
 * @throws {AdvisoriesError} `invalid` when the address holds a login, `unavailable`.
 */
export async function openAddress(
  location: string,
  options: FeedOptions,
  signal?: AbortSignal,
): Promise<FeedPart[]> {
  const { pathname, username, password } = new URL(location);
  if (username || password) {
    // The address is shown and logged.
    throw new AdvisoriesError('invalid', 'The address of a feed must not hold a user name or password');
  }
  if (isGithubApi(new URL(location))) return [githubApiPart(location, options)];
  if (/\.(?:zip|jsonl|ndjson|json|csv)(?:\.gz)?$/i.test(pathname)) return [addressPart(location, options)];
  const base = location.replace(/\/+$/, '');
  const offered =
    options.ecosystems ?? (await listed(`${base}/ecosystems.txt`, options, signal)) ?? imageEcosystems;
  return offered.map((ecosystem) => dumpPart(`${base}/${encodeURIComponent(ecosystem)}`, ecosystem, options));
}

/** Tells addresses from paths. */
export function isAddress(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

/** The ecosystems that a mirror says it has and images can contain; undefined when it does not say. */
async function listed(
  address: string,
  options: FeedOptions,
  signal?: AbortSignal,
): Promise<string[] | undefined> {
  try {
    const lines = (await downloadText(address, signal)).split(/\r?\n/);
    const wanted = options.ecosystems ?? imageEcosystems;
    return wanted.filter((ecosystem) => lines.includes(ecosystem));
  } catch (error) {
    if (error instanceof AdvisoriesError && error.code === 'not-found') return undefined;
    throw error;
  }
}

function addressPart(address: string, options: FeedOptions): FeedPart {
  const { pathname } = new URL(address);
  return {
    ecosystem: ecosystemOfPath(decodeURIComponent(pathname)),
    source: address,
    isDump: isDump(pathname),
    open: (known, signal) => openWhole(address, isDump(pathname), options, known, signal),
  };
}

/** Reads an ecosystem's changes where that is less, else its whole archive. */
function dumpPart(folder: string, ecosystem: string, options: FeedOptions): FeedPart {
  const { now = () => new Date() } = options;
  return {
    ecosystem,
    source: `${folder}/all.zip`,
    isDump: true,
    async open(known, signal) {
      const { newestModified, completeAt } = known ?? {};
      const isDue = !completeAt || now().getTime() - completeAt.getTime() >= completeEveryMs;
      const changes =
        isDue || !newestModified ? undefined : await readChanges(folder, newestModified, known ?? {}, signal);
      return changes ?? (await openWhole(`${folder}/all.zip`, true, options, known, signal));
    },
  };
}

async function openWhole(
  address: string,
  isDump: boolean,
  { temporaryFolder }: FeedOptions,
  known: Known | undefined,
  signal: AbortSignal | undefined,
): Promise<Reading> {
  const download = await downloadToFile(
    address,
    { folder: temporaryFolder, validator: known?.validator },
    signal,
  );
  const name = decodeURIComponent(new URL(address).pathname.split('/').at(-1) ?? '');
  if (download.isUnchanged) return unchanged(known?.validator);
  return await readDownload(download, name, isDump, signal);
}

async function readDownload(
  download: Download & { isUnchanged: false },
  name: string,
  isDump: boolean,
  signal: AbortSignal | undefined,
): Promise<Reading> {
  try {
    const file = await openFeedFile(download.path, name);
    return readingOf(file, { isDump, validator: download.validator }, signal, async () => {
      await download[Symbol.asyncDispose]();
    });
  } catch (error) {
    await download[Symbol.asyncDispose]();
    throw error;
  }
}

/** A reading of a source that did not change. */
function unchanged(validator: string | undefined): Reading {
  return {
    feed: 'osv',
    kind: 'advisories',
    extent: 'nothing',
    validator,
    items: nothing(),
    [Symbol.asyncDispose]: async () => {},
  };
}
