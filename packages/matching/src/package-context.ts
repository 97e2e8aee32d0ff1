/** A distinct package with what decides how it is matched; the columns of the table `package`. */
export type PackageContext = {
  readonly id: number;
  readonly purl: string;
  /** The purl's type: deb, apk, npm .. */
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  /** Source package and its version, empty when they equal the package's own. */
  readonly sourceName: string;
  readonly sourceVersion: string;
  /** rpm's module label (`nodejs:16:..`), empty for packages of no module. */
  readonly modularity: string;
  /** Distribution and release as `distroOf` writes it; empty for packages of no distribution. */
  readonly distro: string;
  /** Its file belongs to an operating-system package, which is matched instead. */
  readonly owned: boolean;
};
