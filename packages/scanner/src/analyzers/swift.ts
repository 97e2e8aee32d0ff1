import type { Analyzer } from './analyzer.ts';
import { list, parseJson, record } from './json.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

const names = ['Package.resolved'];

/** Reads what Swift projects declare: `Package.resolved` of versions 1 to 3 (swiftlang/swift-package-manager). */
export const swift: Analyzer = {
  id: 'swift',
  version: 1,
  kind: 'application',
  // 100 packages take 40 kB.
  maxFileBytes: 2 * 1024 * 1024,
  places: [],
  wants: (path) => isProjectFile(path, names),

  read({ bytes }) {
    const document = record(parseJson(bytes));
    const packages = new PackageList('swift', 'declared');
    for (const pin of list(document['pins'] ?? record(document['object'])['pins'])) {
      const { location, repositoryURL, state } = record(pin);
      // A pin to a branch or revision has no version.
      packages.add(nameOf(location ?? repositoryURL), record(state)['version']);
    }
    return { packages: packages.packages };
  },
};

/** The repository is the name: `https://github.com/vapor/vapor.git` is `github.com/vapor/vapor`. */
function nameOf(address: unknown): string | undefined {
  if (typeof address !== 'string') return undefined;
  const [, host, path] = /^(?:\w+:\/\/)?(?:[^@/\s]{1,100}@)?([^:/\s]+)[:/](\S+)$/.exec(address) ?? [];
  return host && path && `${host}/${path.replace(/\.git$/, '')}`;
}
