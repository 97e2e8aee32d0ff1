import type { BinaryAnalyzer } from './analyzer.ts';
import { BuildInfoSearch } from './go/build-info-search.ts';
import type { BuildInfo } from './go/inline-build-info.ts';
import { PackageList } from './package-list.ts';

/** Where no programs are but many files without an ending. */
const noPrograms =
  /^(?:usr\/share|usr\/include|etc|var\/lib\/dpkg|var\/cache|proc|sys|dev)\/|(?:^|\/)(?:node_modules|site-packages|dist-packages|\.git)\//;

/** The smallest Go program has 1 MB, packed by nothing. */
const smallestBytes = 256 * 1024;

/** Reads the modules that Go programs are linked from, out of the build info in them; stripped ones have it too. */
export const goBinary: BinaryAnalyzer = {
  id: 'go-binary',
  version: 1,
  smallestBytes,

  wants(path) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return (!name.includes('.') || /(?:^|\/)s?bin\/[^/]+$/.test(path)) && !noPrograms.test(path);
  },

  open() {
    const search = new BuildInfoSearch();
    return {
      write: (bytes) => search.write(bytes),
      end() {
        const info = search.end();
        return info ? { packages: linkedPackages(info) } : {};
      },
    };
  },
};

/**
 * Lines of words between tabs: `mod` is the program itself, `dep` a module, `=>` what replaces the module above.
 * The program's version is left out where Go or a tool made it up.
 */
function linkedPackages({ version, modules }: BuildInfo) {
  const linked: { path: string | undefined; version: string | undefined }[] = [];
  for (const line of modules.split('\n')) {
    const [kind, path, version] = line.split('\t');
    if (kind === '=>') linked.pop();
    const isMadeUp = kind === 'mod' && /^(?:\(devel\)|v0\.0\.0-|$)/.test(version ?? '');
    if ((kind === 'mod' && !isMadeUp) || kind === 'dep' || kind === '=>') linked.push({ path, version });
  }
  const packages = new PackageList('golang', 'binary');
  packages.add('stdlib', standardLibraryVersion(version));
  for (const { path, version } of linked) packages.add(path, version);
  return packages.packages;
}

/** `go1.22.4 X:boringcrypto` is 1.22.4, `go1.23rc1` is 1.23.0-rc1; a development version is none. */
function standardLibraryVersion(version: string): string | undefined {
  const [, release, patch = '', candidate] = /^go(\d+\.\d+)(\.\d+)?((?:rc|beta)\d+)?/.exec(version) ?? [];
  if (release === undefined) return undefined;
  return candidate ? `${release}${patch || '.0'}-${candidate}` : release + patch;
}
