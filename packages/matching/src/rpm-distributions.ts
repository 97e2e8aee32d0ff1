import type { Distribution, Subject } from './distributions.ts';
import type { PackageContext } from './package-context.ts';

/** By the ID of os-release, in lower case. Amazon Linux is not among them: OSV has no data about it. */
export const rpmDistributions: Readonly<Record<string, Distribution>> = {
  // The data names binary packages, although the description of its format says source packages.
  almalinux: ofMajor('AlmaLinux', byBinary),
  rocky: ofMajor('Rocky Linux', bySourceAndBinary),
  rhel: {
    packageType: 'rpm',
    ecosystemsOf(release) {
      const major = /^\d+/.exec(release)?.[0];
      if (!major) return [];
      // What an image has enabled is not known; these are what Red Hat's own base images come with.
      const streams = Number(major) < 8 ? ['server'] : ['baseos', 'appstream', 'crb'];
      // What is not fixed is told of the release as a whole.
      const names = ['', ...streams.map((stream) => `::${stream}`)];
      return names.map((name) => `Red Hat:enterprise_linux:${major}${name}`);
    },
    subjects: (pkg) => [...byBinary(pkg), ...bySourceAndBinary(pkg).filter(({ name }) => name !== pkg.name)],
  },
  sles: {
    packageType: 'rpm',
    ecosystemsOf(release) {
      const [, major, pack] = /^(\d+)(?:\.(\d+))?$/.exec(release) ?? [];
      if (!major) return [];
      const version = pack && pack !== '0' ? `${major} SP${pack}` : major;
      const products = ['Linux Enterprise Server', 'Linux Enterprise Module for Basesystem'];
      return products.flatMap((name) => [`SUSE:${name} ${version}`, `SUSE:SUSE ${name} ${version}`]);
    },
    subjects: byListedBinary,
  },
  'opensuse-leap': {
    packageType: 'rpm',
    ecosystemsOf: (release) =>
      release ? [`openSUSE:Leap ${release}`, `openSUSE:openSUSE Leap ${release}`] : [],
    subjects: byListedBinary,
  },
  'opensuse-tumbleweed': {
    packageType: 'rpm',
    ecosystemsOf: () => ['openSUSE:Tumbleweed', 'openSUSE:openSUSE Tumbleweed'],
    subjects: byListedBinary,
  },
  openeuler: {
    packageType: 'rpm',
    ecosystemsOf: (release) => (release ? [`openEuler:${release}`] : []),
    subjects: bySourceAndBinary,
  },
  // What Azure Linux was called until its release 2.
  mariner: ofMajor('Azure Linux', bySourceAndBinary),
  azurelinux: ofMajor('Azure Linux', bySourceAndBinary),
  photon: {
    packageType: 'rpm',
    ecosystemsOf: (release) => (release ? [`Photon OS:${release}`] : []),
    subjects: bySourceAndBinary,
  },
  mageia: ofMajor('Mageia', bySourceAndBinary),
};

function ofMajor(family: string, subjects: Distribution['subjects']): Distribution {
  return {
    packageType: 'rpm',
    ecosystemsOf(release) {
      const major = /^\d+/.exec(release)?.[0];
      return major ? [`${family}:${major}`] : [];
    },
    subjects,
  };
}

function byBinary(pkg: PackageContext): Subject[] {
  return [{ name: pkg.name, version: pkg.version }];
}

/** A source package's file name tells no epoch: it is the binary's when both are of one version, else unknown. */
function bySourceAndBinary(pkg: PackageContext): Subject[] {
  const { name, version, sourceName, sourceVersion } = pkg;
  if (!sourceName || sourceName === name) return byBinary(pkg);
  const isOfSameVersion = !sourceVersion || version.replace(/^\d+:/, '') === sourceVersion;
  const source = isOfSameVersion ? { version } : { version: sourceVersion, withoutEpoch: true as const };
  return [{ name: sourceName, ...source }, ...byBinary(pkg)];
}

/** Records are about sources and list the fixed version of each binary package, which is compared with its own. */
function byListedBinary(pkg: PackageContext): Subject[] {
  return [{ name: pkg.sourceName || pkg.name, version: pkg.version, byBinary: true }];
}
