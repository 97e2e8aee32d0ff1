import type { BinaryAnalyzer } from './analyzer.ts';
import { BuildInfoSearch } from './go/build-info-search.ts';
import type { BuildInfo } from './go/inline-build-info.ts';
import { PackageList } from './package-list.ts';
import { mayBeProgram } from './programs/program-paths.ts';

/** The smallest Go program has 1 MB, packed by nothing. */
const smallestBytes = 256 * 1024;

/** Reads the modules that Go programs are linked from, out of the build info in them; stripped ones have it too. */
export const goBinary: BinaryAnalyzer = {
  id: 'go-binary',
  version: 3,
  smallestBytes,

  looksIn: 'loaded',
  wants: mayBeProgram,

  open(_path, elf) {
    const search = new BuildInfoSearch(elf);
    return {
      look: (window, offset) => search.look(window, offset),
      end() {
        const info = search.end();
        return info ? { packages: linkedPackages(info) } : {};
      },
    };
  },
};

/**
 * Lines of words between tabs: `mod` is the program itself, `dep` a module, `=>` what replaces the module above.
 * Where Go or a tool made the program's version up, the one that its makers set by a linker flag is taken, if any.
 */
function linkedPackages({ version, modules }: BuildInfo) {
  const linked: { path: string | undefined; version: string | undefined }[] = [];
  for (const line of modules.split('\n')) {
    const [kind, path, version] = line.split('\t');
    if (kind === '=>') linked.pop();
    if (kind === 'mod' && /^(?:\(devel\)|v0\.0\.0-|$)/.test(version ?? '')) {
      linked.push({ path, version: versionByFlag(path ?? '', modules) });
    } else if (kind === 'mod' || kind === 'dep' || kind === '=>') linked.push({ path, version });
  }
  const packages = new PackageList('golang', 'binary');
  packages.add('stdlib', standardLibraryVersion(version));
  for (const { path, version } of linked) packages.add(path, version);
  return packages.packages;
}

/** `-ldflags="-s -X example.com/app/version.Version=1.2.3"`, of a variable of the program's own module or its `main`. */
const flag =
  /-X[= ]+\\?['"]?([^\s=]{1,512})\.\w{0,64}[vV]ersion=v?(\d+\.\d+\.\d+(?:-[\w.]{1,64})?)(?=[\s'"\\]|$)/g;

function versionByFlag(module: string, modules: string): string | undefined {
  const flags = /^build\t-ldflags=(.{1,8192})$/m.exec(modules)?.[1] ?? '';
  const root = module.replace(/\/v\d+$/, '');
  for (const [, variable = '', version] of flags.matchAll(flag)) {
    if (variable === 'main' || variable === module || variable.startsWith(`${root}/`)) return `v${version}`;
  }
  return undefined;
}

/** `go1.22.4 X:boringcrypto` is 1.22.4, `go1.23rc1` is 1.23.0-rc1; a development version is none. */
function standardLibraryVersion(version: string): string | undefined {
  const [, release, patch = '', candidate] = /^go(\d+\.\d+)(\.\d+)?((?:rc|beta)\d+)?/.exec(version) ?? [];
  if (release === undefined) return undefined;
  return candidate ? `${release}${patch || '.0'}-${candidate}` : release + patch;
}
