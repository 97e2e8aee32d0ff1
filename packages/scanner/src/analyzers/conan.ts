import type { Analyzer } from './analyzer.ts';
import { list, parseJson, record } from './json.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

const names = ['conan.lock'];

/** Reads what C and C++ projects declare: `conan.lock` of Conan 1 and 2 (docs.conan.io, "Lockfiles"). */
export const conan: Analyzer = {
  id: 'conan',
  version: 1,
  kind: 'application',
  // 100 packages take 50 kB.
  maxFileBytes: 2 * 1024 * 1024,
  places: [],
  wants: (path) => isProjectFile(path, names),

  read({ bytes }) {
    const document = record(parseJson(bytes));
    const nodes = Object.values(record(record(document['graph_lock'])['nodes']));
    const packages = new PackageList('conan', 'declared');
    // Tools that are only needed to build are in `build_requires`.
    for (const reference of [...list(document['requires']), ...nodes.map((node) => record(node)['ref'])]) {
      // `name/version@user/channel#revision%time`
      const text = typeof reference === 'string' ? reference : '';
      const [, name, version] = /^([^/@#\s]+)\/([^/@#%\s]+)/.exec(text) ?? [];
      packages.add(name, version);
    }
    return { packages: packages.packages };
  },
};
