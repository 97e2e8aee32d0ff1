import type { Analyzer } from './analyzer.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

const names = ['cabal.project.freeze', 'stack.yaml.lock'];

/** Reads what Haskell projects declare: `cabal.project.freeze` (cabal.readthedocs.io), `stack.yaml.lock` (docs.haskellstack.org). */
export const hackage: Analyzer = {
  id: 'hackage',
  version: 1,
  kind: 'application',
  // 300 packages take 20 kB, with all their flags.
  maxFileBytes: 2 * 1024 * 1024,
  places: [],
  wants: (path) => isProjectFile(path, names),

  read({ bytes }) {
    const packages = new PackageList('hackage', 'declared');
    for (const line of bytes.toString('utf8').split(/\r?\n/)) {
      // cabal: `any.name ==1.2,`. stack: `hackage: name-1.2@sha256:..`, once asked for and once found.
      const [, name, version] =
        /(?:^|\s)any\.([\w-]+) ==([\d.]+),?$/.exec(line) ??
        /^ {2,8}hackage: ([\w-]+)-([\d.]+)@/.exec(line) ??
        [];
      packages.add(name, version);
    }
    return { packages: packages.packages };
  },
};
