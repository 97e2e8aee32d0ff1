import type { Analyzer } from './analyzer.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

const names = ['mix.lock'];

/** Reads what Elixir projects declare: `mix.lock` (hexdocs.pm/mix), an Elixir map that Mix writes one entry a line. */
export const hex: Analyzer = {
  id: 'hex',
  version: 1,
  kind: 'application',
  // 100 packages take 40 kB.
  maxFileBytes: 2 * 1024 * 1024,
  places: [],
  wants: (path) => isProjectFile(path, names),

  read({ bytes }) {
    const packages = new PackageList('hex', 'declared');
    // `"key": {:hex, :name, "1.2", ..`; entries of git have no version.
    for (const line of bytes.toString('utf8').split(/\r?\n/)) {
      const [, name, version] = /^ {0,8}"[^"]+": \{:hex, :"?([\w.-]+)"?, "([^"]+)"/.exec(line) ?? [];
      packages.add(name, version);
    }
    return { packages: packages.packages };
  },
};
