import type { SeverityLevel } from '@plimsoll/contracts';
import { evaluate, type Candidate } from './evaluate.ts';
import { findingsOf, type Finding, type Knowledge } from './match-package.ts';
import type { PackageContext } from './package-context.ts';
import { schemeOf, schemes, type Scheme } from './schemes/index.ts';

/** An installed package with every rule about the names it is looked up by. */
export type InstalledPackage = { readonly pkg: PackageContext; readonly candidates: readonly Candidate[] };

/** What upgrading the packages of one source, or one package, does. */
export type Upgrade = {
  /** The source of packages that are built together, else the package. */
  readonly name: string;
  readonly type: string;
  readonly from: string;
  /** The lowest version with the fewest issues. */
  readonly to: string;
  /** `from` and `to` are versions of the source, which its packages may write differently. */
  readonly isOfSource: boolean;
  /** All installed packages that change with it, those without an issue too. */
  readonly packageIds: readonly number[];
  /** Issues that are gone afterwards. */
  readonly clears: readonly PackageIssue[];
  /** Issues that are left. */
  readonly leaves: readonly PackageIssue[];
  /** Issues that come with that version. */
  readonly brings: readonly PackageIssue[];
};

/** A vulnerability of an installed package. */
export type PackageIssue = {
  readonly packageId: number;
  readonly vulnerability: string;
  readonly severity: SeverityLevel;
};

/** Versions tried per upgrade; hundreds occur only for kernels, whose issues do not count. */
const maxVersions = 200;

/**
 * The fewest upgrades that leave the fewest issues, of those that `counts` admits: one for all packages of a source that
 * share its version, and only where it clears something. Sorted by how much each clears.
 */
export function upgradesOf(
  installed: readonly InstalledPackage[],
  knowledge: Knowledge,
  counts: (finding: Finding, pkg: PackageContext) => boolean,
): Upgrade[] {
  const units = Map.groupBy(installed, ({ pkg }) => upgradeUnit(pkg));
  return [...units.values()]
    .flatMap((members) => bestUpgrade(members, knowledge, counts) ?? [])
    .sort((a, b) => b.clears.length - a.clears.length || compareTexts(a.name, b.name));
}

function bestUpgrade(
  members: readonly InstalledPackage[],
  knowledge: Knowledge,
  counts: (finding: Finding, pkg: PackageContext) => boolean,
): Upgrade | undefined {
  const [first] = members;
  const scheme = first && schemeOfRules(members);
  if (!first || !scheme) return undefined;
  const at = (version?: string) =>
    members.flatMap(({ pkg, candidates }) => {
      const changed = version === undefined ? pkg : { ...pkg, ...versionOf(pkg, version) };
      return findingsOf(changed, evaluate(changed, candidates), knowledge)
        .filter((finding) => counts(finding, pkg))
        .map((finding) => ({ packageId: pkg.id, finding }));
    });
  const now = at();
  // A version that clears one issue may have others, whose fixes are tried in turn.
  const tried = new Map<string, typeof now>();
  const waiting = now.flatMap(fixOf);
  for (let version = waiting.pop(); version !== undefined; version = waiting.pop()) {
    if (tried.has(version) || tried.size >= maxVersions) continue;
    const then = at(version);
    tried.set(version, then);
    waiting.push(...then.flatMap(fixOf));
  }
  const [best] = [...tried].toSorted(
    ([a, x], [b, y]) => x.length - y.length || scheme.compare(a, b) || compareTexts(a, b),
  );
  if (!best || best[1].length >= now.length) return undefined;
  const [to, then] = best;
  const before = new Set(now.map(issueKey));
  const after = new Set(then.map(issueKey));
  return {
    name: first.pkg.sourceName || first.pkg.name,
    type: first.pkg.type,
    from: subjectVersion(first.pkg),
    to,
    isOfSource: members.some(({ pkg }) => pkg.version !== subjectVersion(pkg)),
    packageIds: members.map(({ pkg }) => pkg.id),
    clears: now.filter((one) => !after.has(issueKey(one))).map(issueOf),
    leaves: now.filter((one) => after.has(issueKey(one))).map(issueOf),
    brings: then.filter((one) => !before.has(issueKey(one))).map(issueOf),
  };
}

type Found = { readonly packageId: number; readonly finding: Finding };

/** What only subscribers get is no upgrade for everybody. */
function fixOf({ finding }: Found): readonly string[] {
  return finding.fixState === 'fixed' && finding.fixedIn !== undefined ? [finding.fixedIn] : [];
}

function issueKey({ packageId, finding }: Found): string {
  return `${packageId} ${finding.vulnerability}`;
}

function issueOf({ packageId, finding }: Found): PackageIssue {
  return { packageId, vulnerability: finding.vulnerability, severity: finding.severity };
}

/** Names what is upgraded together: packages that are built together and carry one version, else one package. */
export function upgradeUnit(pkg: PackageContext): string {
  const source = pkg.sourceName || pkg.name;
  return sharesSource(pkg)
    ? JSON.stringify([pkg.type, pkg.distro, source, subjectVersion(pkg), pkg.arch, pkg.modularity])
    : JSON.stringify([pkg.type, pkg.id]);
}

function sharesSource({ type }: PackageContext): boolean {
  return type === 'deb' || type === 'apk' || type === 'rpm';
}

/** The version that an upgrade changes: the source's where packages write it differently. */
function subjectVersion(pkg: PackageContext): string {
  return pkg.type === 'deb' ? pkg.sourceVersion || pkg.version.replace(/\+b\d+$/, '') : pkg.version;
}

function versionOf({ type, sourceVersion }: PackageContext, version: string): Partial<PackageContext> {
  if (type === 'deb') return { version, sourceVersion: version };
  // The file name of an rpm's source tells no epoch.
  return { version, ...(sourceVersion && { sourceVersion: version.replace(/^\d+:/, '') }) };
}

/** The order of versions of what the packages are looked up by. */
function schemeOfRules(members: readonly InstalledPackage[]): Scheme | undefined {
  for (const { candidates } of members) {
    const [candidate] = candidates;
    if (candidate) return candidate.rule.semver ? schemes.semver : schemeOf(candidate.ecosystem);
  }
  return undefined;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A severity and all that are worse. Unknown is no excuse: it stands behind medium, before low. */
export function severitiesFrom(threshold: SeverityLevel): SeverityLevel[] {
  return worstFirst.slice(0, worstFirst.indexOf(threshold) + 1);
}

const worstFirst: readonly SeverityLevel[] = ['critical', 'high', 'medium', 'unknown', 'low', 'negligible'];
