import { lockfileAnalyzer } from './lockfile-analyzer.ts';
import type { PackageList } from './package-list.ts';

/** Reads what Dart and Flutter projects declare: `pubspec.lock` (dart.dev/tools/pub), YAML that pub writes. */
export const pub = lockfileAnalyzer({
  id: 'pub',
  version: 1,
  type: 'pub',
  readers: { 'pubspec.lock': readPubspecLock },
});

function readPubspecLock(bytes: Buffer, packages: PackageList): void {
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
}
