import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { downloadToFile } from '../download.ts';
import type { FeedOptions, FeedPart } from '../feed.ts';
import { itemsOf, openFeed } from '../open-feed.ts';
import { isAddress } from '../sources/address.ts';
import { isGithubApi } from '../sources/github-api.ts';
import { isFolder } from '../sources/folder.ts';
import { manifestName, type BundleFile, type BundleManifest } from './manifest.ts';

/**
 * Writes what some locations hold into one file, for networks without a way out: a zip with a list of its files, their
 * checksums and when they were read. The file appears when it is whole. @throws {AdvisoriesError}
 */
export async function writeBundle(
  path: string,
  locations: readonly string[],
  { now = () => new Date(), ...options }: FeedOptions = {},
  onFile: (file: BundleFile) => void = () => {},
  signal?: AbortSignal,
): Promise<BundleManifest> {
  const folder = await mkdtemp(join(options.temporaryFolder ?? tmpdir(), 'plimsoll-bundle-'));
  const unfinished = `${path}.${randomUUID()}.part`;
  try {
    const parts: FeedPart[] = [];
    for (const location of locations) parts.push(...(await openFeed(location, options, signal)));
    const files: (BundleFile & { local: string })[] = [];
    for (const [index, part] of parts.entries()) {
      signal?.throwIfAborted();
      const taken = new Set(files.map((file) => file.path));
      const local = join(folder, String(index));
      const name = await take(part, local, options, signal);
      const file = {
        path: freeName(pathOf(part, name), taken),
        source: part.source,
        ...(await measured(local)),
        local,
      };
      files.push(file);
      onFile(file);
    }
    const manifest: BundleManifest = {
      format: 1,
      createdAt: now().toISOString(),
      files: files.map(({ local: _local, ...file }) => file),
    };
    await writeZip(unfinished, manifest, files, signal);
    await rename(unfinished, path);
    return manifest;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(unfinished, { force: true });
  }
}

/** Puts the bytes of a part into a local file. @returns the name it goes by. */
async function take(
  { source, ...part }: FeedPart,
  local: string,
  options: FeedOptions,
  signal?: AbortSignal,
): Promise<string> {
  if (isAddress(source) && isGithubApi(new URL(source))) {
    await pipeline(Readable.from(linesOfRecords({ source, ...part }, signal)), createWriteStream(local));
    return `${part.ecosystem}.jsonl`;
  }
  if (isAddress(source)) {
    const download = await downloadToFile(source, { folder: options.temporaryFolder }, signal);
    if (download.isUnchanged) throw new Error('a download without a validator is never unchanged');
    await using file = download;
    await pipeline(createReadStream(file.path), createWriteStream(local));
    return basename(decodeURIComponent(new URL(source).pathname));
  }
  if (await isFolder(source)) {
    await pipeline(Readable.from(linesOfRecords({ source, ...part }, signal)), createWriteStream(local));
    return `${basename(source)}.jsonl`;
  }
  await pipeline(createReadStream(source), createWriteStream(local));
  return basename(source);
}

/** A folder of single records becomes one file with a record per line. */
async function* linesOfRecords(part: FeedPart, signal?: AbortSignal): AsyncIterable<string> {
  for await (const item of itemsOf(part, signal)) {
    if ('advisory' in item)
      yield `${JSON.stringify(JSON.parse(Buffer.from(item.document).toString('utf8')))}\n`;
  }
}

function pathOf({ ecosystem, isDump }: FeedPart, name: string): string {
  return isDump ? `osv/${ecosystem}/all.zip` : `files/${name}`;
}

function freeName(path: string, taken: ReadonlySet<string>): string {
  if (!taken.has(path)) return path;
  for (let number = 2; ; number++) {
    const other = path.replace(/\/([^/]*)$/, `/${number}/$1`);
    if (!taken.has(other)) return other;
  }
}

async function measured(path: string): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { sizeBytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

async function writeZip(
  path: string,
  manifest: BundleManifest,
  files: readonly { path: string; local: string }[],
  signal?: AbortSignal,
): Promise<void> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(JSON.stringify(manifest, undefined, 2)), manifestName);
  // Archives are packed already.
  for (const file of files)
    zip.addFile(file.local, file.path, { compress: !/\.(?:zip|gz)$/i.test(file.path) });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path), signal ? { signal } : {});
}
