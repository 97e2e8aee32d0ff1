import { distributionNamed, type Subject } from './distributions.ts';
import { normalName } from './names.ts';
import type { PackageContext } from './package-context.ts';

/** Where advisories about a package are found, and the version to compare with theirs. */
export type LookupKey = Subject & { readonly ecosystem: string };

/**
 * The keys of a package. An operating-system package has those of its own distribution and release only; none when
 * either is unknown or not covered. A package owned by a distribution that is covered has none: the distribution's
 * findings cover it, which patches without changing the upstream version.
 */
export function lookupKeys(pkg: PackageContext): LookupKey[] {
  const named = distributionNamed(pkg.distro);
  const ecosystems = named?.distribution.ecosystemsOf(named.release) ?? [];
  if (systemPackageTypes.has(pkg.type)) {
    if (named?.distribution.packageType !== pkg.type) return [];
    const subjects = named.distribution.subjects(pkg);
    return ecosystems.flatMap((ecosystem) => subjects.map((subject) => ({ ecosystem, ...subject })));
  }
  if (pkg.owned && ecosystems.length > 0) return [];
  const ecosystem = ecosystemsByType.get(pkg.type);
  if (!ecosystem) return [];
  return [{ ecosystem, name: normalName(ecosystem, pkg.name), version: pkg.version }];
}

const systemPackageTypes: ReadonlySet<string> = new Set(['deb', 'apk', 'rpm']);

const ecosystemsByType: ReadonlyMap<string, string> = new Map([
  ['npm', 'npm'],
  ['pypi', 'PyPI'],
  ['maven', 'Maven'],
  ['golang', 'Go'],
  ['cargo', 'crates.io'],
  ['gem', 'RubyGems'],
  ['composer', 'Packagist'],
  ['nuget', 'NuGet'],
  ['hex', 'Hex'],
  ['pub', 'Pub'],
  ['cran', 'CRAN'],
  ['hackage', 'Hackage'],
  ['swift', 'SwiftURL'],
  ['bitnami', 'Bitnami'],
]);
