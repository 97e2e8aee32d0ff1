import { lockfileAnalyzer } from './lockfile-analyzer.ts';
import type { PackageList } from './package-list.ts';
import { tomlString, tomlTables } from './toml-tables.ts';

/** Reads what Rust projects declare: `Cargo.lock` (doc.rust-lang.org, "Cargo.toml vs Cargo.lock"). */
export const cargo = lockfileAnalyzer({
  id: 'cargo',
  version: 1,
  type: 'cargo',
  readers: { 'Cargo.lock': readCargoLock },
});

function readCargoLock(bytes: Buffer, packages: PackageList): void {
  for (const table of tomlTables(bytes.toString('utf8'), 'package')) {
    // Without a source it is the project's own; from git it has no release.
    const source = tomlString(table.get('source')) ?? '';
    if (!/^(?:registry|sparse)\+/.test(source)) continue;
    packages.add(tomlString(table.get('name')), tomlString(table.get('version')));
  }
}
