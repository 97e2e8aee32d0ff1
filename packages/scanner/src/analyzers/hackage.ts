import { lockfileAnalyzer } from './lockfile-analyzer.ts';
import type { PackageList } from './package-list.ts';

/** Reads what Haskell projects declare: `cabal.project.freeze` (cabal.readthedocs.io), `stack.yaml.lock` (docs.haskellstack.org). */
export const hackage = lockfileAnalyzer({
  id: 'hackage',
  version: 1,
  type: 'hackage',
  readers: { 'cabal.project.freeze': readFrozen, 'stack.yaml.lock': readFrozen },
});

function readFrozen(bytes: Buffer, packages: PackageList): void {
  for (const line of bytes.toString('utf8').split(/\r?\n/)) {
    // cabal: `any.name ==1.2,`. stack: `hackage: name-1.2@sha256:..`, once asked for and once found.
    const [, name, version] =
      /(?:^|\s)any\.([\w-]+) ==([\d.]+),?$/.exec(line) ??
      /^ {2,8}hackage: ([\w-]+)-([\d.]+)@/.exec(line) ??
      [];
    packages.add(name, version);
  }
}
