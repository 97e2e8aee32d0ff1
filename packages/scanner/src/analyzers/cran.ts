import type { AnalyzedFile, Analyzer } from './analyzer.ts';
import { parseJson, record } from './json.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

const lockNames = ['renv.lock'];

/**
 * Reads R packages: `DESCRIPTION` of a package in a library tells what is installed ("Writing R Extensions", 1.1.1),
 * `renv.lock` declares (rstudio.github.io/renv).
 */
export const cran: Analyzer = {
  id: 'cran',
  version: 1,
  kind: 'application',
  // Descriptions have a few kB; a lockfile with 500 packages has 300 kB.
  maxFileBytes: 4 * 1024 * 1024,
  places: [],
  endings: ['/DESCRIPTION', ...lockNames],
  wants: (path) =>
    (path.endsWith('/DESCRIPTION') && /\b(?:site-)?library\/(?:[^/]+\/){1,3}DESCRIPTION$/.test(path)) ||
    isProjectFile(path, lockNames),
  read: (file) => (file.path.endsWith('/DESCRIPTION') ? readDescription(file) : readLockfile(file)),
};

/** Fields as Debian writes them. R adds `Built` when it installs; what has `Priority: base` comes with R itself. */
function readDescription({ bytes }: AnalyzedFile) {
  const text = bytes.toString('utf8');
  const field = (name: string) => new RegExp(`^${name}: {0,9}(\\S+)`, 'm').exec(text)?.[1];
  const packages = new PackageList('cran', 'installed');
  if (field('Built') === undefined) return {};
  packages.add(field('Package'), field('Version'), field('Priority') === 'base' ? { nestedIn: 'r' } : {});
  return { packages: packages.packages };
}

/** Packages by name; the source `Repository` is CRAN or a mirror of it, the others are git, folders and Bioconductor. */
function readLockfile({ bytes }: AnalyzedFile) {
  const packages = new PackageList('cran', 'declared');
  for (const entry of Object.values(record(record(parseJson(bytes))['Packages'])).map(record)) {
    if (entry['Source'] === 'Repository') packages.add(entry['Package'], entry['Version']);
  }
  return { packages: packages.packages, yieldsToInstalled: true };
}
