import { lockfileAnalyzer } from './lockfile-analyzer.ts';
import type { PackageList } from './package-list.ts';

/** Reads what Gradle projects declare: `gradle.lockfile` (docs.gradle.org, "Locking versions"). */
export const gradle = lockfileAnalyzer({
  id: 'gradle',
  version: 1,
  type: 'maven',
  readers: { 'gradle.lockfile': readGradleLock },
});

function readGradleLock(bytes: Buffer, packages: PackageList): void {
  for (const line of bytes.toString('utf8').split(/\r?\n/)) {
    // `group:artifact:version=configurations`; `empty=..` names configurations without any.
    const [, name, version, configurations = ''] = /^([^#:=\s]+:[^:=\s]+):([^:=\s]+)=(.*)$/.exec(line) ?? [];
    const isForTests = configurations.split(',').every((configuration) => /^test[A-Z]/.test(configuration));
    if (!isForTests) packages.add(name, version);
  }
}
