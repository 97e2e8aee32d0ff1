import { list, parseJson, record } from './json.ts';
import { lockfileAnalyzer } from './lockfile-analyzer.ts';
import type { PackageList } from './package-list.ts';

/** Reads what Swift projects declare: `Package.resolved` of versions 1 to 3 (swiftlang/swift-package-manager). */
export const swift = lockfileAnalyzer({
  id: 'swift',
  version: 1,
  type: 'swift',
  readers: { 'Package.resolved': readPackageResolved },
});

function readPackageResolved(bytes: Buffer, packages: PackageList): void {
  const document = record(parseJson(bytes));
  for (const pin of list(document['pins'] ?? record(document['object'])['pins'])) {
    const { location, repositoryURL, state } = record(pin);
    // A pin to a branch or revision has no version.
    packages.add(nameOf(location ?? repositoryURL), record(state)['version']);
  }
}

/** The repository is the name: `https://github.com/vapor/vapor.git` is `github.com/vapor/vapor`. */
function nameOf(address: unknown): string | undefined {
  if (typeof address !== 'string') return undefined;
  const [, host, path] = /^(?:\w+:\/\/)?(?:[^@/\s]{1,100}@)?([^:/\s]+)[:/](\S+)$/.exec(address) ?? [];
  return host && path && `${host}/${path.replace(/\.git$/, '')}`;
}
