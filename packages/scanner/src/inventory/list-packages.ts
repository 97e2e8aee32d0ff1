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
import type { AttachedDocument } from './list-sboms.ts';
import { isSystemType, packagePurl } from './package-purl.ts';

/** Places listed per package; the contract takes no more. */
const maxLocations = 1_000;

/** Documents named per package that only documents claim. */
const maxClaims = 20;

/** Operating-system packages named per package beside the first one; the contract takes no more. */
const maxOtherOwners = 20;

/** Where one package was seen. */
type Sighting = {
  readonly fact: PackageFact;
  readonly path: string;
  readonly since: number;
  readonly layer: number;
  readonly owner: string | undefined;
};

/** A package, where it was seen, and which attached documents claim it. */
type Found = { readonly seen: Sighting[]; readonly claims: { fact: PackageFact; document: string }[] };

/**
 * Lists the packages of a merged image, each purl once with all its places, in the order of their purls. `isCut`
 * tells that there were more packages or places than an inventory holds.
 */
export function listPackages(
  tree: PathTree<MergedFile>,
  os: OsRelease | null,
  digests: readonly string[],
  attached: readonly AttachedDocument[] = [],
): { packages: InventoryPackage[]; isCut: boolean } {
  const ownerOf = fileOwners(tree);
  const isInstalled = installedNames(tree);
  const isRead = readNames(tree);
  const found = new Map<string, Found>();
  let isCut = false;
  /** The place of a package among the found ones; undefined for what has no purl that an inventory takes. */
  const place = (fact: PackageFact): Found | undefined => {
    const purl = packagePurl(fact, os);
    if (purl === undefined || purl.length > inventoryLimits.text) {
      isCut = true;
      return undefined;
    }
    const known = found.get(purl) ?? { seen: [], claims: [] };
    found.set(purl, known);
    return known;
  };
  const isIdle = (fact: PackageFact) =>
    fact.evidence === 'sbom' && (isRead(fact) || isOfOtherSystem(fact, os));
  for (const [path, file] of tree.entries()) {
    const { packages = [], unlessInstalledIn, yieldsToInstalled } = file.facts;
    if (packages.length === 0 || (unlessInstalledIn !== undefined && hasInstalled(tree, unlessInstalledIn)))
      continue;
    const owner = ownerOf(path);
    for (const [index, fact] of packages.entries()) {
      if ((yieldsToInstalled && isInstalled(fact)) || isIdle(fact)) continue;
      place(fact)?.seen.push({ fact, path, since: file.since[index]!, layer: file.layer, owner });
    }
  }
  for (const { sbom, facts } of attached) {
    for (const fact of facts.packages ?? []) {
      if (!isIdle(fact)) place(fact)?.claims.push({ fact, document: sbom.digest ?? '' });
    }
  }
  const purls = [...found.keys()].sort();
  isCut ||= purls.length > inventoryLimits.packages;
  isCut ||= [...found.values()].some(({ seen }) => seen.length > maxLocations);
  const packages = purls
    .slice(0, inventoryLimits.packages)
    .map((purl) => describePackage(purl, found.get(purl)!, digests));
  return { packages, isCut };
}

function hasInstalled(tree: PathTree<MergedFile>, folder: string): boolean {
  for (const [, { facts }] of tree.entriesBelow(folder)) {
    if (facts.packages?.some(({ evidence }) => evidence === 'installed')) return true;
  }
  return false;
}

/**
 * Answers whether the image itself tells of a package of this type and name, in whatever version: then it knows better
 * than a document about it.
 */
function readNames(tree: PathTree<MergedFile>): (fact: PackageFact) => boolean {
  return includesName(tree, ({ evidence }) => evidence !== 'sbom');
}

/** A package of Ubuntu cannot be in a Debian: advisories would be looked up for the wrong one. */
function isOfOtherSystem({ type, claimedVendor }: PackageFact, os: OsRelease | null): boolean {
  if (!isSystemType(type) || os === null || claimedVendor === undefined) return false;
  return claimedVendor !== os.id && !vendorNames.get(os.id)?.includes(claimedVendor);
}

/** How purls name distributions whose os-release has another id (package-url/purl-spec, purl types deb, rpm and apk). */
const vendorNames: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    rhel: ['redhat'],
    rocky: ['rockylinux', 'rocky-linux'],
    ol: ['oracle', 'oraclelinux'],
    amzn: ['amazon', 'amazonlinux'],
    sles: ['suse'],
    'opensuse-leap': ['opensuse', 'suse'],
    'opensuse-tumbleweed': ['opensuse', 'suse'],
    mariner: ['azurelinux'],
    azurelinux: ['mariner'],
  }),
);

/** Answers whether a package of this type and name is installed or linked somewhere, parts of tools left aside. */
function installedNames(tree: PathTree<MergedFile>): (fact: PackageFact) => boolean {
  return includesName(
    tree,
    ({ evidence, nestedIn }) => (evidence === 'installed' || evidence === 'binary') && nestedIn === undefined,
  );
}

/** Answers whether a package's type and name is that of one that counts. The names are gathered when one is asked for. */
function includesName(
  tree: PathTree<MergedFile>,
  counts: (fact: PackageFact) => boolean,
): (fact: PackageFact) => boolean {
  let names: Set<string> | undefined;
  return (fact) => {
    names ??= new Set(
      tree.entries().flatMap(([, { facts }]) => (facts.packages ?? []).filter(counts).map(looseName)),
    );
    return names.has(looseName(fact));
  };
}

/** Ecosystems differ in what they take for the same name; here taking too much for the same does no harm. */
function looseName({ type, name }: PackageFact): string {
  return `${type} ${name.toLowerCase().replace(/[-_.]+/g, '-')}`;
}

function describePackage(
  purl: string,
  { seen, claims }: Found,
  digests: readonly string[],
): InventoryPackage {
  // Of several proofs the strongest counts; a package that is installed somewhere is installed.
  const all = [...seen, ...claims];
  const strongest = (['installed', 'binary', 'declared', 'sbom'] as const).find((evidence) =>
    all.some(({ fact }) => fact.evidence === evidence),
  )!;
  const { fact } = all.find((one) => one.fact.evidence === strongest)!;
  const proofs = seen.filter((one) => one.fact.evidence === strongest);
  const since = proofs.slice(0, maxLocations).reduce((low, one) => Math.min(low, one.since), Infinity);
  // Owned or nested only when every copy is: a copy of the application's own is the application's to update.
  const [ownedBy, ...alsoOwnedBy] = ownersOfAll(proofs);
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
    ...(fact.sha1 !== undefined && { sha1: fact.sha1 }),
    evidence: strongest,
    ...(digests[since] !== undefined && { layer: digests[since] }),
    locations: locations(seen, digests),
    ...(strongest === 'sbom' && { claimedBy: claimants(seen, claims) }),
    ...(ownedBy !== undefined && { ownedBy }),
    ...(alsoOwnedBy.length > 0 && { alsoOwnedBy }),
    ...(nestedIn !== undefined && { nestedIn }),
  };
}

function claimants(seen: Found['seen'], claims: Found['claims']): string[] {
  const documents = [...claims.map(({ document }) => document), ...seen.map(({ path }) => path)];
  return [...new Set(documents)].slice(0, maxClaims);
}

function locations(seen: readonly Sighting[], digests: readonly string[]): PackageLocation[] {
  return seen
    .slice(0, maxLocations)
    .map(({ path, layer }) => ({ path, layer: digests[layer]! }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The operating-system packages that hold the copies, by name; none where a copy is nobody's, or too many hold one. */
function ownersOfAll(proofs: readonly Sighting[]): string[] {
  const owners = new Set<string>();
  for (const { owner } of proofs) {
    if (owner === undefined || owners.size > maxOtherOwners) return [];
    owners.add(owner);
  }
  return [...owners].sort();
}

/** The value that all agree on. */
function common(values: readonly (string | undefined)[]): string | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}
