import type { AnalyzedFile, Analyzer } from './analyzer.ts';
import { parseJson, record } from './json.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

const lockNames = ['packages.lock.json'];

/**
 * Reads .NET packages: `*.deps.json` beside a published program or in the shared framework tells what it runs with,
 * `packages.lock.json` declares (dotnet/sdk, "runtime-configuration-file.md"; NuGet, "Enable lock file").
 */
export const dotnet: Analyzer = {
  id: 'dotnet',
  version: 1,
  kind: 'application',
  // The SDK's own have 300 kB.
  maxFileBytes: 8 * 1024 * 1024,
  places: [],
  endings: ['.deps.json', ...lockNames],
  wants: (path) => path.endsWith('.deps.json') || isProjectFile(path, lockNames),
  read: (file) => (file.path.endsWith('.deps.json') ? readDependencies(file) : readLockfile(file)),
};

/** Keys of `libraries` are `name/version`. Projects and plain references have no release; a runtime pack has one. */
function readDependencies({ bytes }: AnalyzedFile) {
  const packages = new PackageList('nuget', 'installed');
  for (const [key, entry] of Object.entries(record(record(parseJson(bytes))['libraries']))) {
    const { type } = record(entry);
    if (type !== 'package' && type !== 'runtimepack') continue;
    const slash = key.indexOf('/');
    if (slash > 0) packages.add(key.slice(0, slash).replace(/^runtimepack\./, ''), key.slice(slash + 1));
  }
  return { packages: packages.packages };
}

/** By target framework, then by name. */
function readLockfile({ bytes }: AnalyzedFile) {
  const packages = new PackageList('nuget', 'declared');
  for (const framework of Object.values(record(record(parseJson(bytes))['dependencies']))) {
    for (const [name, entry] of Object.entries(record(framework)))
      packages.add(name, record(entry)['resolved']);
  }
  return { packages: packages.packages, yieldsToInstalled: true };
}
