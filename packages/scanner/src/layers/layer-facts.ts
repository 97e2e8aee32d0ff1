import type { Evidence, OsRelease, Sbom } from '@plimsoll/contracts';
import type { Warning } from '../warnings.ts';

/** A package as one file of one layer tells of it. */
export type PackageFact = {
  /** The purl type: `deb`, `apk`, `npm`. */
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly arch?: string;
  readonly sourceName?: string;
  readonly sourceVersion?: string;
  readonly origin?: string;
  /** The module stream an rpm was built for, `nodejs:16:820210507..`. */
  readonly modularity?: string;
  /** Of the archive that is the package, in hex, where it does not tell its coordinates. */
  readonly sha1?: string;
  readonly evidence: Evidence;
  /** Of evidence `sbom`: the distribution that the purl says has made the package. */
  readonly claimedVendor?: string;
  readonly nestedIn?: string;
};

/** What a file or document is that claims packages. */
export type SbomFacts = Pick<Sbom, 'format' | 'trust'>;

/** Which of the files that prove application packages an operating-system package brought. */
export type OwnedFiles = { readonly package: string; readonly paths: readonly string[] };

/** What one file tells. An empty one still counts: it replaces the file of a lower layer. */
export type FileFacts = {
  readonly packages?: readonly PackageFact[];
  readonly os?: OsRelease;
  /** Repositories of the vendor that the image was built from. */
  readonly contentSets?: readonly string[];
  readonly owns?: readonly OwnedFiles[];
  /** The packages are only declared, and what is found installed below this folder tells better. */
  readonly unlessInstalledIn?: string;
  /** The packages are only declared: each counts while no package of its name is found installed in the image. */
  readonly yieldsToInstalled?: boolean;
  /** The file is an SBOM, and its packages are what it claims. */
  readonly sbom?: SbomFacts;
  /** The file is a symbolic link; its target as written. */
  readonly link?: string;
};

/** What was found in one layer: all that is needed to merge it with others, and nothing of its content. */
export type LayerFacts = {
  /** By path, files that an analyzer wants, as the layer leaves them. */
  readonly files: readonly (readonly [path: string, facts: FileFacts])[];
  /** Paths that the layer removes from those below it, with all below them. */
  readonly whiteouts: readonly string[];
  /** Folders whose content in lower layers the layer hides. */
  readonly opaqueFolders: readonly string[];
  /** Hashes of all paths that are no folders: what lower layers hold below such a path is gone. See PathHashes. */
  readonly nonFolders: Float64Array<ArrayBuffer>;
  /** Targets of hard links that are wanted under the link's path but not under their own. */
  readonly missedTargets: readonly LinkedPath[];
  /** What could not be read; the layer's digest is added later. */
  readonly warnings: readonly Warning[];
};

/** A place outside the known ones that is read as if it was one of them, because a link leads to it. */
export type LinkedPath = { readonly path: string; readonly as: string };
