import type { Analyzer } from './analyzer.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';
import { tomlString, tomlTables } from './toml-tables.ts';

const names = ['Cargo.lock'];

/** Reads what Rust projects declare: `Cargo.lock` (doc.rust-lang.org, "Cargo.toml vs Cargo.lock"). */
export const cargo: Analyzer = {
  id: 'cargo',
  version: 1,
  kind: 'application',
  // 1,000 crates take 250 kB.
  maxFileBytes: 4 * 1024 * 1024,
  places: [],
  wants: (path) => isProjectFile(path, names),

  read({ bytes }) {
    const packages = new PackageList('cargo', 'declared');
    for (const table of tomlTables(bytes.toString('utf8'), 'package')) {
      // Without a source it is the project's own; from git it has no release.
      const source = tomlString(table.get('source')) ?? '';
      if (!/^(?:registry|sparse)\+/.test(source)) continue;
      packages.add(tomlString(table.get('name')), tomlString(table.get('version')));
    }
    return { packages: packages.packages, yieldsToInstalled: true };
  },
};
