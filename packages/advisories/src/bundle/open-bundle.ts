import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import { AdvisoriesError } from '../advisories-error.ts';
import type { FeedOptions, FeedPart } from '../feed.ts';
import { openFeedFile } from '../feed-file.ts';
import { ecosystemOfPath, isDump, readingOf } from '../sources/file-part.ts';
import { imageEcosystems } from '../sources/image-ecosystems.ts';
import { manifestName, readManifest, type BundleFile, type BundleManifest } from './manifest.ts';

/** The list of a bundle's files. Real ones have some ten thousand bytes. */
const maxManifestBytes = 8 * 1024 * 1024;

/**
 * Opens a bundle. Each file of it is checked against its checksum before anything is read from it. Undefined when the
 * file is no bundle.
 * @throws {AdvisoriesError} `invalid` when its list of files cannot be read.
 */
export async function openBundle(
  path: string,
  { ecosystems, temporaryFolder }: FeedOptions,
): Promise<FeedPart[] | undefined> {
  const manifest = await manifestOf(path);
  if (!manifest) return undefined;
  const wanted = new Set(ecosystems ?? imageEcosystems);
  return manifest.files
    .filter((file) => !isDump(file.path) || wanted.has(ecosystemOfPath(file.path)))
    .map((file) => partOf(path, file, temporaryFolder));
}

/** What a bundle says about itself; undefined when the file is none. @throws {AdvisoriesError} */
export async function manifestOf(path: string): Promise<BundleManifest | undefined> {
  if (!(await isZip(path))) return undefined;
  let isBundle = false;
  try {
    // The first entry is the list; a set of records has none of that name.
    for await (const { zip, entry } of entriesOf(path)) {
      isBundle = entry.fileName === manifestName;
      return isBundle ? await listIn(zip, entry, path) : undefined;
    }
  } catch (error) {
    // Whoever reads it as something else says better what is wrong with it.
    if (isBundle) throw error;
  }
  return undefined;
}

async function listIn(zip: yauzl.ZipFile, entry: yauzl.Entry, path: string): Promise<BundleManifest> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxManifestBytes) {
      throw new AdvisoriesError('too-large', `The list of files in ${path} is too large`);
    }
    parts.push(part);
  }
  return readManifest(Buffer.concat(parts), path);
}

async function isZip(path: string): Promise<boolean> {
  await using file = await open(path).catch((error: unknown) => {
    throw new AdvisoriesError('not-found', `Could not open ${path}`, { cause: error });
  });
  const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer.toString() === 'PK';
}

function partOf(bundle: string, file: BundleFile, temporaryFolder: string | undefined): FeedPart {
  const source = `${bundle}: ${file.path}`;
  const validator = `sha256:${file.sha256}`;
  return {
    ecosystem: ecosystemOfPath(file.path),
    source,
    isDump: isDump(file.path),
    async open(known, signal) {
      const folder = await mkdtemp(join(temporaryFolder ?? tmpdir(), 'plimsoll-bundle-'));
      const remove = () => rm(folder, { recursive: true, force: true });
      try {
        const path = join(folder, 'file');
        await unpack(bundle, file, path, signal);
        const opened = await openFeedFile(path, basename(file.path));
        return readingOf(opened, { isDump: isDump(file.path), validator, known }, signal, remove);
      } catch (error) {
        await remove();
        throw error;
      }
    },
  };
}

/** Writes a file of a bundle to a path. @throws {AdvisoriesError} `invalid` unless its size and checksum are right. */
async function unpack(bundle: string, file: BundleFile, to: string, signal?: AbortSignal): Promise<void> {
  for await (const { zip, entry } of entriesOf(bundle)) {
    if (entry.fileName !== file.path) continue;
    const hash = createHash('sha256');
    let size = 0;
    const checked = async function* (source: AsyncIterable<Buffer>) {
      for await (const part of source) {
        size += part.length;
        if (size > file.sizeBytes) break;
        hash.update(part);
        yield part;
      }
    };
    const stream = await zip.openReadStreamPromise(entry);
    await pipeline(stream, checked, createWriteStream(to), signal ? { signal } : {});
    if (size === file.sizeBytes && hash.digest('hex') === file.sha256) return;
    throw new AdvisoriesError(
      'invalid',
      `${file.path} in ${bundle} is not what its checksum says; copy the bundle again`,
    );
  }
  throw new AdvisoriesError('invalid', `${bundle} does not hold ${file.path}, which it lists; copy it again`);
}

async function* entriesOf(path: string): AsyncIterable<{ zip: yauzl.ZipFile; entry: yauzl.Entry }> {
  let zip: yauzl.ZipFile | undefined;
  try {
    zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: true });
    for await (const entry of zip.eachEntry()) yield { zip, entry };
  } catch (error) {
    if (error instanceof AdvisoriesError || (error as Error).name === 'AbortError') throw error;
    throw new AdvisoriesError('invalid', `${path} is not a readable zip`, { cause: error });
  } finally {
    zip?.close();
  }
}
