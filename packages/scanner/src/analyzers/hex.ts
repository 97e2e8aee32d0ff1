import { lockfileAnalyzer } from './lockfile-analyzer.ts';
import type { PackageList } from './package-list.ts';

/** Reads what Elixir projects declare: `mix.lock` (hexdocs.pm/mix), an Elixir map that Mix writes one entry a line. */
export const hex = lockfileAnalyzer({
  id: 'hex',
  version: 1,
  type: 'hex',
  readers: { 'mix.lock': readMixLock },
});

function readMixLock(bytes: Buffer, packages: PackageList): void {
  // `"key": {:hex, :name, "1.2", ..`; entries of git have no version.
  for (const line of bytes.toString('utf8').split(/\r?\n/)) {
    const [, name, version] = /^ {0,8}"[^"]+": \{:hex, :"?([\w.-]+)"?, "([^"]+)"/.exec(line) ?? [];
    packages.add(name, version);
  }
}
