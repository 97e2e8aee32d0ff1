import { lockfileAnalyzer } from './lockfile-analyzer.ts';
import { readBunLockb } from './node/bun-lockb.ts';
import type { PackageList } from './package-list.ts';

/**
 * Reads the lockfiles of yarn 1 and later, pnpm and bun (npm's own is read by `npm`). But for bun's binary one, their
 * tools write one fact per line at fixed depths, so lines are read, not YAML: neither depth nor aliases of a hostile
 * file cost anything.
 */
export const nodeLocks = lockfileAnalyzer({
  id: 'node-locks',
  version: 2,
  type: 'npm',
  readers: {
    'yarn.lock': readYarnLock,
    'pnpm-lock.yaml': readPnpmLock,
    'bun.lock': readBunLock,
    'bun.lockb': readBunLockb,
  },
  installedIn: 'node_modules',
});

/** What a key asks for: `name@range` or, for an alias, `other@npm:name@range`. Ranges of git, files and URLs have a colon. */
const wanted =
  /^"?(?:(?:@[^@/\s]+\/)?[^@\s]+@npm:)?((?:@[^@/\s]+\/)?[^@\s"]+)@(?!(?:file|link|portal|git|github|https?|ssh|workspace|patch)[:+])/;

/** Version 1: the key line, then two spaces and `version "1.2"`. Later ones: `version: 1.2` and `resolution:`. */
function readYarnLock(bytes: Buffer, packages: PackageList): void {
  let name: string | undefined;
  let version: string | undefined;
  for (const line of bytes.toString('utf8').split(/\r?\n/)) {
    if (/^[^\s#]/.test(line)) {
      name = wanted.exec(line)?.[1];
      version = undefined;
    }
    const [, quoted, plain] = /^ {2}version(?: "([^"]+)"|: "?([^"\s]+))/.exec(line) ?? [];
    if (quoted) packages.add(name, quoted);
    version = plain ?? version;
    // A patched package is still that package.
    const resolved = /^ {2}resolution: "((?:@[^@/\s]+\/)?[^@\s]+)@(?:npm|patch):/.exec(line)?.[1];
    if (resolved) packages.add(resolved, version);
  }
}

/**
 * Below `packages:` keys are `/name/1.2_peers` (version 5), `/name@1.2(peers)` (6), `name@1.2` (9); versions 5 and 6
 * mark development with `dev: true`. Keys of other hosts, files and git have no version in this place.
 */
function readPnpmLock(bytes: Buffer, packages: PackageList): void {
  let isInPackages = false;
  let found: readonly [name: string, version: string] | undefined;
  const add = () => {
    if (found) packages.add(...found);
    found = undefined;
  };
  for (const line of bytes.toString('utf8').split('\n')) {
    // Most lines are deeper than any that counts, or in another part.
    if (!isInPackages || line[0] !== ' ') {
      if (!/^\S/.test(line)) continue;
      add();
      isInPackages = line.startsWith('packages:');
    } else if (line[1] === ' ' && line[2] !== ' ') {
      if (!/^ {2}\S/.test(line)) continue;
      add();
      const [, name, version] =
        /^ {2}'?\/?((?:@[^@/\s]+\/)?[^@/\s]+)[@/](\d[^\s'(_:/]*)[^\s]*:\r?$/.exec(line) ?? [];
      if (name && version) found = [name, version];
    } else if (found && /^ {4}dev: true\r?$/.test(line)) found = undefined;
  }
  add();
}

/** Below `"packages"` one line each: `"key": ["name@1.2", ..`; the key of an alias differs from its name. */
function readBunLock(bytes: Buffer, packages: PackageList): void {
  for (const line of bytes.toString('utf8').split(/\r?\n/)) {
    const [, name, version] = /^ {4}"[^"]+": \["((?:@[^@/"]+\/)?[^@"]+)@(\d[^"]*)"/.exec(line) ?? [];
    packages.add(name, version);
  }
}
