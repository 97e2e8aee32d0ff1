import type { SeverityLevel } from '@plimsoll/contracts';
import { byCloseness, databaseOf, problemOf, type Problem } from './advisory-databases.ts';
import { groupOf, type AliasGroup } from './alias-groups.ts';
import type { AdvisoryFacts } from './compile-advisory.ts';
import { isApproximate } from './distributions.ts';
import { evaluate, type Candidate, type Verdict } from './evaluate.ts';
import { fixedVersion } from './fixed-version.ts';
import { isHostKernel } from './host-kernel.ts';
import { isOfOtherRelease, isPseudoVersion } from './doubtful-version.ts';
import type { PackageContext } from './package-context.ts';
import { rate, type SourcedRating } from './rate.ts';

/** Goes up whenever the same package and advisories give other findings, so that all packages are matched again. */
export const rulesVersion = 7;

/** What matching knows beyond the rules. An id without a group or facts stands for itself. */
export type Knowledge = {
  /** The alias group of an id. */
  readonly groups: Pick<ReadonlyMap<string, AliasGroup>, 'get'>;
  /** The facts of the matching advisories, and of others in their groups as far as they are stored. */
  readonly facts: Pick<ReadonlyMap<string, AdvisoryFacts>, 'get'>;
};

export type FixState = 'fixed' | 'no-fix' | 'subscription' | 'will-not-fix' | 'remove';

/** A package that is affected by a vulnerability. */
export type Finding = {
  /** Canonical id; with the package the identity of the finding, whatever advisories say later. */
  readonly vulnerability: string;
  readonly title: string;
  readonly severity: SeverityLevel;
  readonly score?: number;
  readonly fixState: FixState;
  readonly fixedIn?: string;
  /** The fix is a version of the source package, which numbers its versions differently from the package. */
  readonly fixedInSource?: true;
  /** Why it is not shown by default. */
  readonly hiddenReason?: 'negligible' | 'kernel';
  /**
   * Low when the data is of another release, or of upstream for a package that a distribution may have patched, or the
   * version is made up; medium when a package of a distribution seems to be of another release.
   */
  readonly confidence: 'high' | 'medium' | 'low';
  /** All ids of the vulnerability, the canonical one first. */
  readonly problems: readonly Problem[];
  /** The rating that was chosen, then the others. */
  readonly ratings: readonly SourcedRating[];
  /** The advisories that say so. */
  readonly advisories: readonly {
    readonly id: string;
    readonly source: string;
    readonly modified?: string;
  }[];
  readonly publishedAt?: string;
  /** Kinds of weakness that any record of the vulnerability names, `CWE-79`. */
  readonly cwes?: readonly string[];
};

/** Finds the vulnerabilities of one package among candidate rules; sorted, and equal for equal inputs. */
export function matchPackage(
  pkg: PackageContext,
  candidates: readonly Candidate[],
  knowledge: Knowledge,
): Finding[] {
  return findingsOf(pkg, evaluate(pkg, candidates), knowledge);
}

/** Makes findings of verdicts: one per vulnerability, where the closest database decides. */
export function findingsOf(
  pkg: PackageContext,
  verdicts: readonly Verdict[],
  knowledge: Knowledge,
): Finding[] {
  if (!verdicts.some(({ affected }) => affected)) return [];
  return [...byVulnerability(verdicts, knowledge)]
    .flatMap(([canonical, { group, verdicts }]) => {
      const matching = decisive(verdicts).filter(({ affected }) => affected);
      return matching.length > 0 ? [findingOf(pkg, canonical, group, matching, knowledge)] : [];
    })
    .sort((a, b) => (a.vulnerability < b.vulnerability ? -1 : 1));
}

/** The ids of the vulnerabilities that a rule speaks about. */
export function vulnerabilitiesOf({ rule, advisoryId }: Candidate): readonly string[] {
  return rule.vulnerabilities ?? [advisoryId];
}

type Subject = { group: AliasGroup; verdicts: Verdict[] };

function byVulnerability(verdicts: readonly Verdict[], { groups }: Knowledge): Map<string, Subject> {
  const subjects = new Map<string, Subject>();
  for (const verdict of verdicts) {
    for (const id of vulnerabilitiesOf(verdict)) {
      const group = groups.get(id) ?? groupOf([id]);
      const subject = subjects.get(group.canonical);
      // Two ids of one group in one advisory are one vulnerability.
      if (!subject) subjects.set(group.canonical, { group, verdicts: [verdict] });
      else if (subject.verdicts.at(-1) !== verdict) subject.verdicts.push(verdict);
    }
  }
  return subjects;
}

/**
 * Leaves out what a closer source overrules: a source that knows the package and release and calls it unaffected wins
 * over a more general one. A fix for everybody wins over one for subscribers, and that over none.
 */
function decisive(verdicts: readonly Verdict[]): readonly Verdict[] {
  const forAll = verdicts.filter((verdict) => !isForSubscribers(verdict));
  const forSubscribers = verdicts.filter(isForSubscribers);
  const withFix = [forAll, forSubscribers].find((some) => some.some(knowsFix));
  const relevant = withFix?.filter(({ advisoryId }) => !databaseOf(advisoryId).tellsUnfixed) ?? verdicts;
  const closest = Math.min(...relevant.filter(({ affected }) => affected).map(specificity));
  return relevant.some((verdict) => !verdict.affected && specificity(verdict) < closest) ? [] : relevant;
}

function knowsFix({ rule }: Verdict): boolean {
  return (rule.intervals ?? []).some(({ fixed }) => fixed !== undefined);
}

function specificity({ advisoryId }: Verdict): number {
  return databaseOf(advisoryId).specificity;
}

function isForSubscribers({ ecosystem }: Verdict): boolean {
  return ecosystem.startsWith('Ubuntu:Pro:');
}

function findingOf(
  pkg: PackageContext,
  vulnerability: string,
  group: AliasGroup,
  matching: readonly Verdict[],
  { facts }: Knowledge,
): Finding {
  const advisoryIds = [...new Set(matching.map(({ advisoryId }) => advisoryId))].sort(byCloseness);
  // An advisory about several vulnerabilities is no other name of one of them.
  const own = matching.filter((verdict) => vulnerabilitiesOf(verdict).length === 1);
  const ids = [...new Set([...group.ids, ...own.map(({ advisoryId }) => advisoryId).sort()])];
  // What speaks about this vulnerability alone describes it best.
  const known = [...new Set([...ids, ...advisoryIds])].flatMap((id) => facts.get(id) ?? []);
  const isMalicious = ids.some((id) => id.startsWith('MAL-'));

  const ratings = rate(matching, group, facts, isMalicious);
  const [chosen] = ratings;
  const severity = chosen?.level ?? 'unknown';
  const hiddenReason = isHostKernel(pkg) ? 'kernel' : severity === 'negligible' ? 'negligible' : undefined;
  const fix = isMalicious ? undefined : fixOf(pkg, matching);
  const title =
    known.find(({ title }) => title)?.title ?? `${vulnerability} in ${pkg.sourceName || pkg.name}`;
  const cwes = [...new Set(known.flatMap(({ cwes = [] }) => cwes))].sort();
  const published = known.flatMap(({ published }) => published ?? []).sort()[0];

  return {
    vulnerability,
    title,
    severity,
    ...(chosen?.score === undefined ? {} : { score: chosen.score }),
    fixState: isMalicious ? 'remove' : fixState(matching, fix !== undefined),
    ...fix,
    ...(hiddenReason ? { hiddenReason } : {}),
    confidence: confidenceOf(pkg, matching),
    problems: ids.map(problemOf),
    ratings,
    advisories: advisoryIds.map((id) => {
      const modified = facts.get(id)?.modified;
      return { id, source: databaseOf(id).name, ...(modified ? { modified } : {}) };
    }),
    ...(published ? { publishedAt: published } : {}),
    ...(cwes.length > 0 ? { cwes } : {}),
  };
}

function confidenceOf(pkg: PackageContext, matching: readonly Verdict[]): Finding['confidence'] {
  const isGuess = matching.every((verdict) => verdict.isGuess === true || isPseudoVersion(pkg, verdict));
  if (pkg.owned || isApproximate(pkg.distro) || isGuess) return 'low';
  return isOfOtherRelease(pkg) ? 'medium' : 'high';
}

function fixOf(
  pkg: PackageContext,
  matching: readonly Verdict[],
): Pick<Finding, 'fixedIn' | 'fixedInSource'> | undefined {
  const binary = highestListed(pkg, matching);
  if (binary && pkg.type === 'rpm') return { fixedIn: binary };
  const fixed = fixedVersion(matching);
  if (fixed === undefined) return undefined;
  if (binary) return { fixedIn: binary };
  const compared = matching[0]?.version;
  const isOfSource = compared !== pkg.version && compared === pkg.sourceVersion;
  return { fixedIn: fixed, ...(isOfSource ? { fixedInSource: true } : {}) };
}

/** Where rules list the fixed version of each binary package: the one that none of them calls affected any more. */
function highestListed(pkg: PackageContext, matching: readonly Verdict[]): string | undefined {
  const scheme = matching[0]?.scheme;
  const listed = matching.flatMap(({ rule }) => rule.binaries?.[pkg.name] || []);
  return scheme && listed.toSorted((a, b) => scheme.compare(b, a))[0];
}

function fixState(matching: readonly Verdict[], hasFix: boolean): FixState {
  if (hasFix) return matching.every(isForSubscribers) ? 'subscription' : 'fixed';
  return matching.some(({ rule }) => rule.willNotFix) ? 'will-not-fix' : 'no-fix';
}
