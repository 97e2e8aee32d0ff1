import { basename, dirname, extname, resolve } from 'node:path';
import { AdvisoriesError } from '../advisories-error.ts';
import type { FeedFile, FeedPart, Known, Reading } from '../feed.ts';
import { fileValidator, openFeedFile } from '../feed-file.ts';
import { feeds } from '../feeds/index.ts';

/** A file on this machine as a part of its own; `name` is what it goes by where there are others. */
export function filePart(path: string, name: string = ecosystemOfPath(path)): FeedPart {
  return {
    ecosystem: name,
    source: path,
    isDump: isDump(path),
    async open(known, signal) {
      const validator = await fileValidator(path);
      return readingOf(await openFeedFile(path), { isDump: isDump(path), validator, known }, signal);
    },
  };
}

/** Tells a file's feed, or undefined when it is none of ours. */
export function feedOf(file: FeedFile) {
  return feeds.find((feed) => feed.recognizes(file));
}

/**
 * Gets ready to read a file in whatever format it has.
 * @throws {AdvisoriesError} `invalid` when that is none we know.
 */
export function readingOf(
  file: FeedFile,
  about: { isDump: boolean; validator: string | undefined; known?: Known | undefined },
  signal?: AbortSignal,
  dispose: () => Promise<void> = async () => {},
): Reading {
  const feed = feedOf(file);
  if (!feed) throw new AdvisoriesError('invalid', `${file.name} is in no format of advisories that is known`);
  const { validator, known, isDump } = about;
  const isSame = validator !== undefined && validator === known?.validator;
  return {
    feed: feed.id,
    kind: feed.kind,
    extent: isSame ? 'nothing' : isDump || feed.kind !== 'advisories' ? 'all' : 'some',
    validator,
    items: isSame ? nothing() : feed.read(file, signal),
    [Symbol.asyncDispose]: dispose,
  };
}

/** No items. */
export async function* nothing(): AsyncIterable<never> {}

/** `Debian/all.zip` and `Debian.zip` are both about Debian; of other files it is the name. */
export function ecosystemOfPath(path: string): string {
  if (!/\.zip$/i.test(path)) return basename(path);
  const name = basename(path, extname(path));
  return name === 'all' ? basename(dirname(resolve(path))) : name;
}

/** Only the file that the dumps' layout calls so holds all of an ecosystem; any other zip may be a selection. */
export function isDump(path: string): boolean {
  return basename(path) === 'all.zip';
}
