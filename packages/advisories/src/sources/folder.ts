import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { AdvisoriesError } from '../advisories-error.ts';
import type { FeedItem, FeedOptions, FeedPart } from '../feed.ts';
import { openFeedFile } from '../feed-file.ts';
import { feedOf, filePart } from './file-part.ts';
import { imageEcosystems } from './image-ecosystems.ts';

/** The deepest real layout is the repository of GitHub's advisories: `advisories/github-reviewed/2026/11/GHSA-..`. */
const maxDepth = 6;
/** GitHub's repository has some 25,000 reviewed records, and ten times as many that were not reviewed. */
const maxFiles = 500_000;

/**
 * Lists what a folder holds: dumps of ecosystems (`<ECOSYSTEM>/all.zip`) and any other files in a known format,
 * wherever they lie. Files of single records make one part per folder at the top.
 * @throws {AdvisoriesError} `not-found` when there is nothing.
 */
export async function openFolder(folder: string, { ecosystems }: FeedOptions): Promise<FeedPart[]> {
  const wanted = new Set(ecosystems ?? imageEcosystems);
  const dumps: FeedPart[] = [];
  const files: FeedPart[] = [];
  const records = new Map<string, string[]>();
  let seen = 0;
  for await (const { path, top } of walk(folder, folder, 0)) {
    if (++seen > maxFiles)
      throw new AdvisoriesError('too-large', `${folder} holds more than ${maxFiles} files`);
    const name = basename(path);
    if (name === 'all.zip') {
      if (wanted.has(basename(join(path, '..')))) dumps.push(filePart(path));
    } else if (isRecord(name) && !isListing(name)) {
      const known = records.get(top);
      if (known) known.push(path);
      else records.set(top, [path]);
    } else if (/\.(?:csv|jsonl|ndjson|zip)(?:\.gz)?$|\.json\.gz$/i.test(name) && !isListing(name)) {
      if (feedOf(await openFeedFile(path))) files.push(filePart(path, relative(folder, path)));
    }
  }
  const singles: FeedPart[] = [];
  for (const [top, paths] of records) singles.push(...(await recordParts(folder, top, paths.sort())));
  const byName = (a: FeedPart, b: FeedPart) => (a.ecosystem < b.ecosystem ? -1 : 1);
  const parts = [...dumps.sort(byName), ...[...files, ...singles].sort(byName)];
  if (parts.length > 0) return parts;
  throw new AdvisoriesError(
    'not-found',
    `${folder} holds no <ECOSYSTEM>/all.zip of a known ecosystem, and no other file of advisories`,
  );
}

/** Files that go with the dumps and hold no records. */
function isListing(name: string): boolean {
  return /^(?:modified_id\.csv|manifest\.json|match-vectors\.json)$/.test(name);
}

function isRecord(name: string): boolean {
  return /\.json$/i.test(name);
}

async function* walk(
  folder: string,
  top: string,
  depth: number,
): AsyncIterable<{ path: string; top: string }> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // Links could lead anywhere, also back here.
    if (entry.isFile()) yield { path, top };
    else if (entry.isDirectory() && depth < maxDepth && !entry.name.startsWith('.')) {
      yield* walk(path, depth === 0 ? path : top, depth + 1);
    }
  }
}

/** Files of VEX and the like are parts of their own; single advisories of a folder are one part together. */
async function recordParts(folder: string, top: string, paths: readonly string[]): Promise<FeedPart[]> {
  const parts: FeedPart[] = [];
  const advisories: string[] = [];
  for (const path of paths) {
    const feed = feedOf(await openFeedFile(path));
    if (feed?.kind === 'advisories') advisories.push(path);
    else if (feed) parts.push(filePart(path, relative(folder, path)));
  }
  return advisories.length === 0 ? parts : [...parts, recordsPart(top, advisories)];
}

function recordsPart(top: string, paths: readonly string[]): FeedPart {
  return {
    ecosystem: basename(top),
    source: top,
    isDump: false,
    async open(_known, signal) {
      return {
        feed: 'osv',
        kind: 'advisories',
        extent: 'some',
        items: recordsOf(paths, signal),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}

async function* recordsOf(paths: readonly string[], signal?: AbortSignal): AsyncIterable<FeedItem> {
  for (const path of paths) {
    signal?.throwIfAborted();
    try {
      const file = await openFeedFile(path);
      const feed = feedOf(file);
      if (feed?.kind === 'advisories') yield* feed.read(file, signal);
    } catch (error) {
      if (!(error instanceof AdvisoriesError)) throw error;
      yield { fault: { name: path, reason: error.message } };
    }
  }
}

/** Whether a path is a folder. @throws {AdvisoriesError} `not-found` */
export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    throw new AdvisoriesError('not-found', `There is nothing at ${path}`, { cause: error });
  });
  return found.isDirectory();
}
