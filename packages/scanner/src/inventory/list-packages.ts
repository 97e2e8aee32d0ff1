import {
  inventoryLimits,
  type InventoryPackage,
  type OsRelease,
  type PackageLocation,
} from '@plimsoll/contracts';
import type { PackageFact } from '../layers/layer-facts.ts';
import type { PathTree } from '../layers/path-tree.ts';
import type { MergedFile } from '../merge/merge-layers.ts';
import { fileOwners } from './file-owners.ts';
import { packagePurl } from './package-purl.ts';

/** Places listed per package; the contract takes no more. */
const maxLocations = 1_000;

/** Where one package was seen. */
type Sighting = {
  readonly fact: PackageFact;
  readonly path: string;
  readonly since: number;
  readonly layer: number;
  readonly owner: string | undefined;
};

/**
 * Lists the packages of a merged image, each purl once with all its places, in the order of their purls. `isCut`
 * tells that there were more packages or places than an inventory holds.
 */
export function listPackages(
  tree: PathTree<MergedFile>,
  os: OsRelease | null,
  digests: readonly string[],
): { packages: InventoryPackage[]; isCut: boolean } {
  const ownerOf = fileOwners(tree);
  const isInstalled = installedNames(tree);
  const sightings = new Map<string, Sighting[]>();
  let isCut = false;
  for (const [path, file] of tree.entries()) {
    const { packages = [], unlessInstalledIn, yieldsToInstalled } = file.facts;
    if (packages.length === 0 || (unlessInstalledIn !== undefined && hasInstalled(tree, unlessInstalledIn)))
      continue;
    const owner = ownerOf(path);
    for (const [index, fact] of packages.entries()) {
      if (yieldsToInstalled && isInstalled(fact)) continue;
      const purl = packagePurl(fact, os);
      if (purl === undefined || purl.length > inventoryLimits.text) {
        isCut = true;
        continue;
      }
      const sighting = { fact, path, since: file.since[index]!, layer: file.layer, owner };
      const others = sightings.get(purl);
      if (others) others.push(sighting);
      else sightings.set(purl, [sighting]);
    }
  }
  const purls = [...sightings.keys()].sort();
  isCut ||= purls.length > inventoryLimits.packages;
  isCut ||= [...sightings.values()].some((seen) => seen.length > maxLocations);
  const packages = purls
    .slice(0, inventoryLimits.packages)
    .map((purl) => describePackage(purl, sightings.get(purl)!, digests));
  return { packages, isCut };
}

function hasInstalled(tree: PathTree<MergedFile>, folder: string): boolean {
  for (const [, { facts }] of tree.entries(folder)) {
    if (facts.packages?.some(({ evidence }) => evidence === 'installed')) return true;
  }
  return false;
}

/** Answers whether a package of this type and name is installed or linked somewhere, parts of tools left aside. */
function installedNames(tree: PathTree<MergedFile>): (fact: PackageFact) => boolean {
  const names = new Set<string>();
  for (const [, { facts }] of tree.entries()) {
    for (const fact of facts.packages ?? []) {
      if (fact.evidence !== 'declared' && fact.nestedIn === undefined) names.add(looseName(fact));
    }
  }
  return (fact) => names.has(looseName(fact));
}

/** Ecosystems differ in what they take for the same name; here taking too much for the same does no harm. */
function looseName({ type, name }: PackageFact): string {
  return `${type} ${name.toLowerCase().replace(/[-_.]+/g, '-')}`;
}

function describePackage(purl: string, seen: Sighting[], digests: readonly string[]): InventoryPackage {
  // Of several proofs the strongest counts; a package that is installed somewhere is installed.
  const strongest = (['installed', 'binary', 'declared'] as const).find((evidence) =>
    seen.some(({ fact }) => fact.evidence === evidence),
  )!;
  const proofs = seen.filter(({ fact }) => fact.evidence === strongest);
  const [{ fact }] = proofs as [Sighting];
  const since = Math.min(...proofs.slice(0, maxLocations).map((sighting) => sighting.since));
  // Owned or nested only when every copy is: a copy of the application's own is the application's to update.
  const ownedBy = common(proofs.map(({ owner }) => owner));
  const nestedIn = common(proofs.map((sighting) => sighting.fact.nestedIn));
  return {
    purl,
    type: fact.type,
    name: fact.name,
    version: fact.version,
    ...(fact.arch !== undefined && { arch: fact.arch }),
    ...(fact.sourceName !== undefined && { sourceName: fact.sourceName }),
    ...(fact.sourceVersion !== undefined && { sourceVersion: fact.sourceVersion }),
    ...(fact.modularity !== undefined && { modularity: fact.modularity }),
    ...(fact.origin !== undefined && { origin: fact.origin }),
    evidence: strongest,
    layer: digests[since]!,
    locations: locations(seen, digests),
    ...(ownedBy !== undefined && { ownedBy }),
    ...(nestedIn !== undefined && { nestedIn }),
  };
}

function locations(seen: readonly Sighting[], digests: readonly string[]): PackageLocation[] {
  return seen
    .slice(0, maxLocations)
    .map(({ path, layer }) => ({ path, layer: digests[layer]! }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The value that all agree on. */
function common(values: readonly (string | undefined)[]): string | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}
