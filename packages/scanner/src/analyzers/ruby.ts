import type { AnalyzedFile, Analyzer } from './analyzer.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

const lockNames = ['Gemfile.lock', 'gems.locked'];

/**
 * Reads Ruby packages: `specifications/*.gemspec` are installed gems, those in `specifications/default` come with the
 * interpreter (guides.rubygems.org, "Specification Reference"); `Gemfile.lock` declares (bundler.io).
 */
export const ruby: Analyzer = {
  id: 'ruby',
  version: 1,
  kind: 'application',
  // Specifications have a few kB; a lockfile with 500 gems has 50 kB.
  maxFileBytes: 4 * 1024 * 1024,
  places: [],
  endings: ['.gemspec', ...lockNames],
  wants: (path) =>
    (path.endsWith('.gemspec') && /(?:^|\/)specifications\/(?:default\/)?[^/]+$/.test(path)) ||
    isProjectFile(path, lockNames),

  read(file) {
    return file.path.endsWith('.gemspec') ? readSpecification(file) : readLockfile(file);
  },
};

/** RubyGems writes these files itself: `# stub: name version platform paths` on top, then assignments in Ruby. */
function readSpecification(file: AnalyzedFile) {
  const text = file.bytes.toString('utf8');
  const [, stubName, stubVersion] = /^# stub: (\S+) (\S+) /m.exec(text) ?? [];
  const name = stubName ?? /^ {0,8}\w+\.name = ["']([^"']+)["']/m.exec(text)?.[1];
  const version =
    stubVersion ?? /^ {0,8}\w+\.version = (?:Gem::Version\.new\(?\s?)?["']([^"']+)["']/m.exec(text)?.[1];
  const packages = new PackageList('gem', 'installed');
  packages.add(name, version, file.path.includes('/default/') ? { nestedIn: 'ruby' } : {});
  if (packages.packages.length === 0) file.warn('The specification has no readable gem name or version');
  return { packages: packages.packages };
}

/** `GEM`, then `specs:`, then four spaces and `name (version-platform)`; what GIT and PATH hold has no release. */
function readLockfile(file: AnalyzedFile) {
  const packages = new PackageList('gem', 'declared');
  let isInGem = false;
  for (const line of file.bytes.toString('utf8').split(/\r?\n/)) {
    if (/^[A-Z]/.test(line)) isInGem = line === 'GEM';
    if (!isInGem) continue;
    // Versions have no dashes: what follows one is the platform.
    const [, name, version] = /^ {4}(\S+) \(([^\s()-]+)(?:-[^\s()]+)?\)$/.exec(line) ?? [];
    packages.add(name, version);
  }
  return { packages: packages.packages, yieldsToInstalled: true };
}
