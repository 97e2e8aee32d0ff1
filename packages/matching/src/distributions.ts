import type { PackageContext } from './package-context.ts';
import { rpmDistributions } from './rpm-distributions.ts';

/** How the packages of a distribution are looked up in the advisories about it. */
export type Distribution = {
  /** The purl type of its packages. */
  readonly packageType: 'deb' | 'apk' | 'rpm';
  /** The full ecosystems of a release as os-release writes it; none when the release is not known. */
  ecosystemsOf(release: string): readonly string[];
  /** Name and version that advisories speak of. */
  subjects(pkg: PackageContext): readonly Subject[];
};

/** What is looked up and compared for a package. */
export type Subject = {
  readonly name: string;
  readonly version: string;
  /** The epoch of the version is not known, so neither side's is looked at. */
  readonly withoutEpoch?: true;
  /** Where a rule lists the fixed version of the binary package, that decides. */
  readonly byBinary?: true;
};

/** The distribution of `packages.distro` and its release, or undefined when none of our data covers it. */
export function distributionNamed(
  distro: string,
): { distribution: Distribution; release: string } | undefined {
  const colon = distro.indexOf(':');
  const id = colon < 0 ? distro : distro.slice(0, colon);
  const distribution = Object.hasOwn(distributions, id) ? distributions[id] : undefined;
  return distribution && { distribution, release: colon < 0 ? '' : distro.slice(colon + 1) };
}

/** Whether advisories cover a distribution and release; what is not covered has no findings, which proves nothing. */
export function isCovered(distro: string): boolean {
  const named = distributionNamed(distro);
  return named !== undefined && named.distribution.ecosystemsOf(named.release).length > 0;
}

/** Whether an OSV ecosystem is a distribution's, whose records say which vulnerabilities they fix. */
export function isDistribution(ecosystem: string): boolean {
  return distributionFamilies.has(ecosystem.split(':', 1)[0] ?? '');
}

/** All that publish records, also those whose packages are not looked up yet. */
const distributionFamilies: ReadonlySet<string> = new Set([
  'AlmaLinux',
  'Alpaquita',
  'Alpine',
  'Azure Linux',
  'BellSoft Hardened Containers',
  'Chainguard',
  'Debian',
  'Echo',
  'Mageia',
  'MinimOS',
  'Photon OS',
  'Red Hat',
  'Rocky Linux',
  'SUSE',
  'Ubuntu',
  'Wolfi',
  'openEuler',
  'openSUSE',
]);

/** True for what comes from the Alpine development branch, which is looked up as the newest stable one. */
export function isApproximate(distro: string): boolean {
  return /^alpine:\d+\.\d+_alpha/.test(distro);
}

/** By the ID of os-release. Derived distributions use their own data only, so ID_LIKE is never looked at. */
const distributions: Readonly<Record<string, Distribution>> = {
  debian: {
    packageType: 'deb',
    ecosystemsOf: (release) => (/^\d+/.test(release) ? [`Debian:${/^\d+/.exec(release)?.[0]}`] : []),
    subjects: bySource,
  },
  ubuntu: {
    packageType: 'deb',
    ecosystemsOf(release) {
      const known = /^\d+\.\d+/.exec(release)?.[0];
      return known ? [`Ubuntu:${known}`, `Ubuntu:${known}:LTS`, `Ubuntu:Pro:${known}:LTS`] : [];
    },
    subjects: bySource,
  },
  alpine: {
    packageType: 'apk',
    ecosystemsOf(release) {
      const [, major, minor, alpha] = /^(\d+)\.(\d+)(_alpha)?/.exec(release) ?? [];
      if (!major || !minor) return [];
      // The development branch counts ahead of the newest stable release.
      return [`Alpine:v${major}.${alpha ? Math.max(Number(minor) - 1, 0) : minor}`];
    },
    subjects: byOrigin,
  },
  wolfi: { packageType: 'apk', ecosystemsOf: () => ['Wolfi'], subjects: byOrigin },
  chainguard: {
    packageType: 'apk',
    ecosystemsOf: () => ['Chainguard', 'Wolfi'],
    subjects: byOrigin,
  },
  minimos: { packageType: 'apk', ecosystemsOf: () => ['MinimOS'], subjects: byOrigin },
  alpaquita: { packageType: 'apk', ecosystemsOf: ofBellSoft('Alpaquita'), subjects: byOrigin },
  'bellsoft-hardened-containers': {
    packageType: 'apk',
    ecosystemsOf: ofBellSoft('BellSoft Hardened Containers'),
    subjects: byOrigin,
  },
  echo: { packageType: 'deb', ecosystemsOf: () => ['Echo'], subjects: bySource },
  ...rpmDistributions,
};

/** Releases are years, beside a rolling `stream`. */
function ofBellSoft(family: string): Distribution['ecosystemsOf'] {
  return (release) => {
    const named = /^(?:\d+|stream)/.exec(release)?.[0];
    return named ? [`${family}:${named}`] : [];
  };
}

/** deb: the source package; a rebuild's suffix (`+b1`) belongs to the binary version only. */
function bySource(pkg: PackageContext): Subject[] {
  return [
    { name: pkg.sourceName || pkg.name, version: pkg.sourceVersion || pkg.version.replace(/\+b\d+$/, '') },
  ];
}

/** apk: sub-packages share the version of their origin. */
function byOrigin(pkg: PackageContext): Subject[] {
  return [{ name: pkg.sourceName || pkg.name, version: pkg.version }];
}
