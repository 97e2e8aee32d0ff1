import { parseJson, record } from './json.ts';
import { lockfileAnalyzer } from './lockfile-analyzer.ts';
import type { PackageList } from './package-list.ts';
import { tomlString, tomlTables, type TomlTable } from './toml-tables.ts';

/** Reads what Python projects declare at exact versions: `requirements.txt` (pip) and the lockfiles of four tools. */
export const pythonLocks = lockfileAnalyzer({
  id: 'python-locks',
  version: 1,
  type: 'pypi',
  readers: {
    'requirements.txt': readRequirements,
    'Pipfile.lock': readPipfileLock,
    'poetry.lock': readTomlLock,
    'pdm.lock': readTomlLock,
    'uv.lock': readTomlLock,
  },
});

/** `name[extra]==1.2 ; marker --hash=..` (pip, "Requirements File Format"); ranges and wildcards name no version. */
function readRequirements(bytes: Buffer, packages: PackageList): void {
  for (const line of bytes.toString('utf8').split(/\r?\n/)) {
    const [, name, version] =
      /^\s{0,9}([\w.-]+)(?:\[[^\]]*\])? ?={2,3} ?([\w.!+-]+)(?=$|[\s;#\\])/.exec(line) ?? [];
    packages.add(name, version);
  }
}

/** `default` is what is deployed, `develop` is not. Packages from git or a path have no version. */
function readPipfileLock(bytes: Buffer, packages: PackageList): void {
  for (const [name, entry] of Object.entries(record(record(parseJson(bytes))['default']))) {
    const { version } = record(entry);
    if (typeof version === 'string' && version.startsWith('==')) packages.add(name, version.slice(2));
  }
}

function readTomlLock(bytes: Buffer, packages: PackageList): void {
  for (const table of tomlTables(bytes.toString('utf8'), 'package')) {
    if (isFromIndex(table) && !isForDevelopment(table)) {
      packages.add(tomlString(table.get('name')), tomlString(table.get('version')));
    }
  }
}

/** Other sources: poetry `[package.source] type`, uv `source = { git = .. }`, pdm `git = ..` and `path = ..`. */
function isFromIndex(table: TomlTable): boolean {
  const poetry = tomlString(table.get('source.type')) ?? 'legacy';
  const uv = table.get('source') ?? 'registry';
  return (
    poetry === 'legacy' && uv.includes('registry') && !['git', 'path', 'url'].some((key) => table.has(key))
  );
}

/** Longest list of groups that is looked at, characters; projects have a dozen. */
const maxGroupsLength = 4_096;

const developmentGroups = new Set(['dev', 'develop', 'development', 'test', 'tests', 'lint', 'doc', 'docs']);

/** poetry before 1.5 wrote `category`, later ones and pdm write `groups`; uv tells it nowhere beside the package. */
function isForDevelopment(table: TomlTable): boolean {
  if (tomlString(table.get('category')) === 'dev') return true;
  const groups = [...(table.get('groups') ?? '').slice(0, maxGroupsLength).matchAll(/"([^"]+)"/g)].map(
    ([, group]) => group!,
  );
  return groups.length > 0 && groups.every((group) => developmentGroups.has(group));
}
