import { list, parseJson, record } from './json.ts';
import { lockfileAnalyzer } from './lockfile-analyzer.ts';
import type { PackageList } from './package-list.ts';

/** Reads what C and C++ projects declare: `conan.lock` of Conan 1 and 2 (docs.conan.io, "Lockfiles"). */
export const conan = lockfileAnalyzer({
  id: 'conan',
  version: 1,
  type: 'conan',
  readers: { 'conan.lock': readConanLock },
});

function readConanLock(bytes: Buffer, packages: PackageList): void {
  const document = record(parseJson(bytes));
  const nodes = Object.values(record(record(document['graph_lock'])['nodes']));
  // Tools that are only needed to build are in `build_requires`.
  for (const reference of [...list(document['requires']), ...nodes.map((node) => record(node)['ref'])]) {
    // `name/version@user/channel#revision%time`
    const text = typeof reference === 'string' ? reference : '';
    const [, name, version] = /^([^/@#\s]+)\/([^/@#%\s]+)/.exec(text) ?? [];
    packages.add(name, version);
  }
}
