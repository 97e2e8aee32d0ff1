import type { FileFacts, OwnedFiles, PackageFact } from '../layers/layer-facts.ts';
import type { AnalyzedFile, Analyzer } from './analyzer.ts';
import { berkeleyDbValues } from './rpm/berkeley-db.ts';
import { ndbBlobs } from './rpm/ndb.ts';
import { readRpmHeader } from './rpm/rpm-header.ts';
import { readRpmManifest } from './rpm/rpm-manifest.ts';
import { sqliteBlobs } from './rpm/sqlite.ts';

/** The database is one of three stores, by the age of the distribution; each yields the header of every package. */
const stores: ReadonlyMap<string, (file: Buffer) => Iterable<Buffer>> = new Map([
  ['Packages', berkeleyDbValues],
  ['Packages.db', ndbBlobs],
  ['rpmdb.sqlite', (file: Buffer) => sqliteBlobs(file, 'Packages')],
]);

/** rpm's own place, that of Fedora and SUSE, that of rpm-ostree. */
const folders = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'];
const databases = new Set(folders.flatMap((folder) => [...stores.keys()].map((name) => `${folder}/${name}`)));

/** What Azure Linux leaves in images without rpm. */
const manifest = 'var/lib/rpmmanifest/container-manifest-2';

/**
 * Reads the databases of rpm (rpm-software-management/rpm, `lib/backend`): installed packages with their source, and
 * which files they own.
 */
export const rpm: Analyzer = {
  id: 'rpm',
  version: 1,
  kind: 'system',
  // Changelogs and file lists make it large: 500 packages have 60 MB.
  maxFileBytes: 128 * 1024 * 1024,
  readsSparsely: true,
  places: [...folders, ...databases, manifest],
  endings: [...databases, manifest],
  wants: (path) => databases.has(path) || path === manifest,

  read(file) {
    if (file.path === manifest) return { packages: readRpmManifest(file.bytes) };
    return readDatabase(file, stores.get(file.path.slice(file.path.lastIndexOf('/') + 1))!);
  },
};

/** Records that hold no package, after which a database is taken for damaged as a whole. */
const maxBroken = 100;

function readDatabase(file: AnalyzedFile, headers: (file: Buffer) => Iterable<Buffer>): FileFacts {
  const packages: PackageFact[] = [];
  const owns: OwnedFiles[] = [];
  const proves = (path: string) => file.proves(path);
  let broken = 0;
  let bytes = 0;
  try {
    for (const header of headers(file.bytes)) {
      bytes += header.length;
      // Records that share their bytes could make a small file cost much.
      if (bytes > file.bytes.length || broken > maxBroken) throw new Error('The database is damaged');
      const found = readOrNothing(header, proves);
      if (found?.fact) packages.push(found.fact);
      else if (!found?.isKey) broken += 1;
      if (found?.fact && found.paths.length > 0) owns.push({ package: found.fact.name, paths: found.paths });
    }
  } catch {
    // A database that breaks off has told of the packages before.
    file.warn('The database is damaged; the packages up to there were read');
  }
  if (broken > 0) file.warn(`${broken} records have no usable package name, version or release`);
  return { packages, ...(owns.length > 0 && { owns }) };
}

function readOrNothing(header: Buffer, isKept: (path: string) => boolean) {
  try {
    return readRpmHeader(header, isKept);
  } catch {
    return undefined;
  }
}
