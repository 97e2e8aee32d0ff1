import type { Analyzer } from './analyzer.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

const names = ['pubspec.lock'];

/** Reads what Dart and Flutter projects declare: `pubspec.lock` (dart.dev/tools/pub), YAML that pub writes. */
export const pub: Analyzer = {
  id: 'pub',
  version: 1,
  kind: 'application',
  // 100 packages take 30 kB.
  maxFileBytes: 2 * 1024 * 1024,
  places: [],
  wants: (path) => isProjectFile(path, names),

  read({ bytes }) {
    const packages = new PackageList('pub', 'declared');
    let fields = new Map<string, string>();
    const add = () => {
      // Packages of the SDK, of git and of a path have no release of their own.
      const isDeployed = fields.get('source') === 'hosted' && fields.get('dependency') !== 'direct dev';
      if (isDeployed) packages.add(fields.get('name'), fields.get('version'));
    };
    for (const line of bytes.toString('utf8').split(/\r?\n/)) {
      const [, indent, key, value] = /^( {0,6})(\w+): ?"?([^"]*)"?$/.exec(line) ?? [];
      if (key === undefined) continue;
      if (indent!.length <= 2) {
        add();
        fields = new Map([['name', key]]);
      } else fields.set(key, value!);
    }
    add();
    return { packages: packages.packages };
  },
};
