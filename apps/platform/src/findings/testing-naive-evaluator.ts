import { schemeOf, schemes, type PackageContext, type Scheme } from '@plimsoll/matching';
import type { RawAdvisory, RawAffected, RawEvent } from './testing-raw-advisory.ts';

/**
 * Says which advisories affect a package by reading every record about anything of its name from end to end: no
 * compiled intervals, and the steps of the OSV schema's own evaluation ("Evaluation algorithm"). Only the order of
 * versions is shared with what it is compared to.
 */
export function naiveEvaluator(advisories: readonly RawAdvisory[]): (pkg: PackageContext) => string[] {
  const byName = new Map<string, Set<RawAdvisory>>();
  for (const advisory of advisories) {
    for (const { package: named } of advisory.affected ?? []) {
      const name = loosely(named?.name ?? '');
      byName.set(name, (byName.get(name) ?? new Set()).add(advisory));
    }
  }
  return (pkg) => {
    const name = pkg.sourceName || pkg.name;
    const own = pkg.type === 'deb' ? pkg.version.replace(/\+b\d+$/, '') : pkg.version;
    const version = pkg.sourceVersion || own;
    const affects = ({ withdrawn, affected = [] }: RawAdvisory) =>
      !withdrawn &&
      affected.some(
        (entry) =>
          isAbout(entry, pkg, name) &&
          namesBinary(entry, pkg) &&
          isOfNoModule(entry, pkg) &&
          isAffected(entry, version),
      );
    const ids = [...(byName.get(loosely(name)) ?? [])].filter(affects).map(({ id }) => id);
    // One id can stand in the dumps of several ecosystems.
    return [...new Set(ids)].sort();
  };
}

/** Names that any ecosystem could take for the same. */
function loosely(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function isAbout({ package: named }: RawAffected, { type, distro }: PackageContext, name: string): boolean {
  if (!named) return false;
  const [family = '', ...release] = named.ecosystem.split(':');
  if (distro) {
    const [system = '', installed = ''] = distro.split(':');
    return (
      systemIds[family] === system &&
      releases[system]?.(installed).includes(release.join(':')) === true &&
      named.name === name
    );
  }
  return types[family] === type && spelled(family, named.name) === spelled(family, name);
}

function spelled(family: string, name: string): string {
  if (family === 'PyPI') return loosely(name);
  return family === 'NuGet' || family === 'Packagist' ? name.toLowerCase() : name;
}

const systemIds: Readonly<Record<string, string>> = {
  Debian: 'debian',
  Ubuntu: 'ubuntu',
  Alpine: 'alpine',
  AlmaLinux: 'almalinux',
};

/** What stands behind the colon of the ecosystem for an installed release. */
const releases: Readonly<Record<string, (installed: string) => string[]>> = {
  debian: (installed) => [installed],
  ubuntu: (installed) => [installed, `${installed}:LTS`, `Pro:${installed}:LTS`],
  almalinux: (installed) => [installed.replace(/\.\d+$/, '')],
  alpine: (installed) => [`v${installed.replace(/\.\d+$/, '')}`],
};

const types: Readonly<Record<string, string>> = {
  npm: 'npm',
  PyPI: 'pypi',
  Maven: 'maven',
  Go: 'golang',
  'crates.io': 'cargo',
  RubyGems: 'gem',
  Packagist: 'composer',
  NuGet: 'nuget',
  Bitnami: 'bitnami',
  CRAN: 'cran',
  Hackage: 'hackage',
};

/** Only packages of no module, or of one that no record is about, are generated. */
function isOfNoModule({ ranges = [] }: RawAffected, { modularity }: PackageContext): boolean {
  const fixes = ranges.flatMap(({ events }) => events.flatMap(({ fixed }) => fixed ?? []));
  return modularity ? fixes.length === 0 : !fixes.some((fixed) => fixed.includes('.module'));
}

function namesBinary({ ecosystem_specific }: RawAffected, { name }: PackageContext): boolean {
  const binaries = ecosystem_specific?.binaries ?? [];
  return binaries.length === 0 || binaries.some((binary) => binary['binary_name'] === name || name in binary);
}

function isAffected({ package: named, ranges = [], versions = [] }: RawAffected, version: string): boolean {
  const own = schemeOf(named?.ecosystem ?? '');
  if (!own) return false;
  const isListed = own.isReadable(version)
    ? versions.some((listed) => own.compare(listed, version) === 0)
    : versions.includes(version);
  if (isListed) return true;
  return ranges.some(({ type, events }) => {
    if (type !== 'SEMVER' && type !== 'ECOSYSTEM') return false;
    return isInRange(events, version, type === 'SEMVER' ? schemes.semver : own);
  });
}

function isInRange(events: readonly RawEvent[], version: string, scheme: Scheme): boolean {
  const known = events.filter((event) => placeOf(event) !== undefined);
  if (known.length === 0) return false;
  if (!scheme.isReadable(version)) return known.every(({ introduced }) => introduced === '0');
  const sorted = known.toSorted((a, b) => compareEvents(a, b, scheme));
  // "fixed in 0" says that no version was ever affected.
  if (sorted.some(({ fixed }) => fixed === '0')) {
    return isInRange(
      sorted.filter(({ fixed, introduced }) => fixed !== '0' && introduced !== '0'),
      version,
      scheme,
    );
  }
  let affected = !known.some(({ introduced }) => introduced !== undefined);
  let fixedNothingIn: string | undefined;
  for (const event of sorted) {
    const { introduced, fixed, last_affected: last } = event;
    if (introduced === '0') affected = true;
    else if (introduced !== undefined && scheme.compare(version, introduced) >= 0) {
      // Fixed in the version that introduced it: never affected.
      const isEmpty = fixedNothingIn !== undefined && scheme.compare(fixedNothingIn, introduced) === 0;
      affected ||= !isEmpty;
    } else if (fixed !== undefined && scheme.compare(version, fixed) >= 0) {
      fixedNothingIn = affected ? undefined : fixed;
      affected = false;
    } else if (last !== undefined && scheme.compare(version, last) > 0) affected = false;
  }
  return affected;
}

function placeOf({ introduced, fixed, last_affected }: RawEvent): string | undefined {
  return introduced ?? fixed ?? last_affected;
}

/** By version, `introduced: "0"` first; at equal versions ends before starts, and a last affected one after both. */
function compareEvents(a: RawEvent, b: RawEvent, scheme: Scheme): number {
  const [aStart, bStart] = [a.introduced === '0', b.introduced === '0'];
  if (aStart || bStart) return Number(bStart) - Number(aStart);
  return scheme.compare(placeOf(a) ?? '', placeOf(b) ?? '') || rankOf(a) - rankOf(b);
}

function rankOf({ introduced, fixed }: RawEvent): number {
  if (fixed !== undefined) return 0;
  return introduced === undefined ? 2 : 1;
}
