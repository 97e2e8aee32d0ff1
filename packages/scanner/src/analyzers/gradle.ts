import type { Analyzer } from './analyzer.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

const names = ['gradle.lockfile'];

/** Reads what Gradle projects declare: `gradle.lockfile` (docs.gradle.org, "Locking versions"). */
export const gradle: Analyzer = {
  id: 'gradle',
  version: 1,
  kind: 'application',
  // 500 modules take 50 kB.
  maxFileBytes: 2 * 1024 * 1024,
  places: [],
  wants: (path) => isProjectFile(path, names),

  read({ bytes }) {
    const packages = new PackageList('maven', 'declared');
    for (const line of bytes.toString('utf8').split(/\r?\n/)) {
      // `group:artifact:version=configurations`; `empty=..` names configurations without any.
      const [, name, version, configurations = ''] =
        /^([^#:=\s]+:[^:=\s]+):([^:=\s]+)=(.*)$/.exec(line) ?? [];
      const isForTests = configurations.split(',').every((configuration) => /^test[A-Z]/.test(configuration));
      if (!isForTests) packages.add(name, version);
    }
    return { packages: packages.packages, yieldsToInstalled: true };
  },
};
