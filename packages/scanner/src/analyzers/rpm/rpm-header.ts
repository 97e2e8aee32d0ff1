import type { PackageFact } from '../../layers/layer-facts.ts';
import { rpmFact } from './rpm-fact.ts';

/** What one header tells. `isKey`: it is no package but a key that signs packages. */
type RpmPackage = {
  readonly fact: PackageFact | undefined;
  readonly isKey: boolean;
  readonly paths: readonly string[];
};

const tags = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  arch: 1022,
  sourceRpm: 1044,
  dirIndexes: 1116,
  baseNames: 1117,
  dirNames: 1118,
  modularityLabel: 5096,
} as const;
const wantedTags: ReadonlySet<number> = new Set(Object.values(tags));

type Entry = { readonly type: number; readonly offset: number; readonly count: number };

const entryBytes = 16;

/**
 * Reads the header of a package (rpm's "RPM Package File Format", header format, as the database holds it: without
 * the magic). `isKept` chooses of the package's files. Throws on a header that does not hold what it says.
 */
export function readRpmHeader(header: Buffer, isKept: (path: string) => boolean): RpmPackage {
  const entryCount = header.readUInt32BE(0);
  const dataBytes = header.readUInt32BE(4);
  const dataStart = 8 + entryCount * entryBytes;
  const data = header.subarray(dataStart, dataStart + dataBytes);
  const entries = new Map<number, Entry>();
  for (let at = 8; at < dataStart; at += entryBytes) {
    const tag = header.readUInt32BE(at);
    if (!wantedTags.has(tag) || entries.has(tag)) continue;
    const offset = header.readUInt32BE(at + 8);
    entries.set(tag, { type: header.readUInt32BE(at + 4), offset, count: header.readUInt32BE(at + 12) });
  }
  const word = (tag: number) => strings(data, entries.get(tag), 1)[0];
  const name = word(tags.name);
  const fact = rpmFact({
    name,
    version: word(tags.version),
    release: word(tags.release),
    epoch: integers(data, entries.get(tags.epoch))[0],
    arch: word(tags.arch),
    sourceRpm: word(tags.sourceRpm),
    vendor: word(tags.vendor),
    modularity: word(tags.modularityLabel),
  });
  return { fact, isKey: name === 'gpg-pubkey', paths: fact ? paths(data, entries, isKept) : [] };
}

/** Most files and folders of one package; the largest of all, TeX's fonts and kernel sources, have 100,000. */
const maxFiles = 1_000_000;

/** Types 6, 8 and 9 are texts one after another, each with a zero at its end. */
function strings(data: Buffer, entry: Entry | undefined, most = entry?.count ?? 0): string[] {
  const found: string[] = [];
  if (!entry || ![6, 8, 9].includes(entry.type)) return found;
  if (most > maxFiles) throw new Error('The package lists more files than any has');
  for (let start = entry.offset; found.length < most && start < data.length;) {
    const end = data.indexOf(0, start);
    if (end < 0) break;
    found.push(data.toString('utf8', start, end));
    start = end + 1;
  }
  return found;
}

/** Type 4 is numbers of 32 bits. */
function integers(data: Buffer, entry: Entry | undefined): number[] {
  if (entry?.type !== 4) return [];
  if (entry.count > maxFiles) throw new Error('The package lists more files than any has');
  const found: number[] = [];
  const end = Math.min(entry.offset + entry.count * 4, data.length - 3);
  for (let at = entry.offset; at < end; at += 4) found.push(data.readUInt32BE(at));
  return found;
}

/** Longest path of a file that proves a package; a folder that a hostile header repeats costs no more than this. */
const maxPathLength = 512;

/** A file is its base name in one of the folders, which are listed once and end with a slash. */
function paths(
  data: Buffer,
  entries: ReadonlyMap<number, Entry>,
  isKept: (path: string) => boolean,
): string[] {
  const folders = strings(data, entries.get(tags.dirNames)).map((folder) => folder.slice(0, maxPathLength));
  const indexes = integers(data, entries.get(tags.dirIndexes));
  const names = strings(data, entries.get(tags.baseNames));
  // Folders are listed as files too.
  const isFolder = new Set(folders);
  return names
    .map((name, index) => `${folders[indexes[index] ?? -1] ?? ''}${name}`.replace(/^\//, ''))
    .filter((path) => path.length <= maxPathLength && isKept(path) && !isFolder.has(`/${path}/`));
}
