import type { Analyzer } from './analyzer.ts';
import { refuseAbsurdDepth } from './absurd-depth.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

/** Adds what a lockfile declares. May throw on a file that is none. */
export type LockfileReader = (bytes: Buffer, packages: PackageList) => void;

type Lockfiles = {
  readonly id: string;
  /** Goes up whenever the answers change. */
  readonly version: number;
  /** The purl type of the packages. */
  readonly type: string;
  /** By the name of the file. */
  readonly readers: Readonly<Record<string, LockfileReader>>;
  /** The folder beside the lockfile where packages are installed; by default each yields to one installed anywhere. */
  readonly installedIn?: string;
};

/** Makes an analyzer of the lockfiles of projects, which differ in nothing but how they are read. */
export function lockfileAnalyzer({ id, version, type, readers, installedIn }: Lockfiles): Analyzer {
  const names = Object.keys(readers);
  return {
    id,
    version,
    kind: 'application',
    // A poetry.lock with 500 packages has 1 MB, the pnpm-lock.yaml of a large monorepo 2 MB.
    maxFileBytes: 8 * 1024 * 1024,
    places: [],
    endings: names,
    wants: (path) => isProjectFile(path, names),

    read({ path, bytes }) {
      refuseAbsurdDepth(bytes);
      const slash = path.lastIndexOf('/') + 1;
      const list = new PackageList(type, 'declared');
      readers[path.slice(slash)]?.(bytes, list);
      const { packages } = list;
      if (installedIn === undefined) return { packages, yieldsToInstalled: true };
      return { packages, unlessInstalledIn: path.slice(0, slash) + installedIn };
    },
  };
}
