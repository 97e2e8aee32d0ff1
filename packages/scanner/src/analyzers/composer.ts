import type { AnalyzedFile, Analyzer } from './analyzer.ts';
import { list, parseJson, record } from './json.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

const lockNames = ['composer.lock'];

/**
 * Reads PHP packages: `vendor/composer/installed.json` of Composer 1 and 2 tells what is installed, `composer.lock`
 * declares (getcomposer.org, "Basic usage").
 */
export const composer: Analyzer = {
  id: 'composer',
  version: 1,
  kind: 'application',
  // A framework's lockfile has 500 kB.
  maxFileBytes: 8 * 1024 * 1024,
  places: [],
  endings: ['/composer/installed.json', ...lockNames],
  wants: (path) => path.endsWith('/composer/installed.json') || isProjectFile(path, lockNames),
  read: (file) => (file.path.endsWith('/installed.json') ? readInstalled(file) : readLockfile(file)),
};

/** Composer 1 wrote the list itself, Composer 2 an object with the list in `packages`. */
function readInstalled({ bytes }: AnalyzedFile) {
  const document = parseJson(bytes);
  const packages = new PackageList('composer', 'installed');
  const entries = Array.isArray(document) ? list(document) : list(record(document)['packages']);
  for (const entry of entries) packages.add(record(entry)['name'], record(entry)['version']);
  return { packages: packages.packages };
}

/** `packages-dev` is left out: it is not deployed. */
function readLockfile({ path, bytes }: AnalyzedFile) {
  const packages = new PackageList('composer', 'declared');
  for (const entry of list(record(parseJson(bytes))['packages'])) {
    packages.add(record(entry)['name'], record(entry)['version']);
  }
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return { packages: packages.packages, unlessInstalledIn: `${folder}vendor` };
}
