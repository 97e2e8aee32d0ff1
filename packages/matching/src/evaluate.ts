import type { AffectedRow, AffectedRule } from './compile-advisory.ts';
import { contains } from './intervals.ts';
import { lookupKeys, type LookupKey } from './lookup-keys.ts';
import { streamMatch } from './module-stream.ts';
import type { PackageContext } from './package-context.ts';
import { rpmWithoutEpoch } from './schemes/rpm.ts';
import { schemeOf, schemes, type Scheme } from './schemes/index.ts';

/** A stored rule with the advisory it belongs to. */
export type Candidate = AffectedRow & { readonly advisoryId: string };

/** What one rule says about one package. */
export type Verdict = Candidate & {
  readonly affected: boolean;
  /** The version that was compared: the source package's where advisories speak of sources. */
  readonly version: string;
  readonly scheme: Scheme;
  /** Package or rule do not tell which module stream they are of. */
  readonly isGuess?: true;
};

/** Decides for each candidate that concerns the package whether it affects the installed version. */
export function evaluate(
  pkg: PackageContext,
  candidates: readonly Candidate[],
  keys: readonly LookupKey[] = lookupKeys(pkg),
): Verdict[] {
  const verdicts: Verdict[] = [];
  let key: LookupKey | undefined;
  let schemeOfKey: Scheme | undefined;
  for (const { advisoryId, ecosystem, name, rule } of candidates) {
    // Candidates come key by key.
    if (key?.ecosystem !== ecosystem || key.name !== name) {
      key = keys.find((one) => one.ecosystem === ecosystem && one.name === name);
      schemeOfKey = schemeOf(ecosystem);
    }
    const own = rule.semver ? schemes.semver : schemeOfKey;
    if (!key || !own) continue;
    const scheme = key.withoutEpoch && own === schemes.rpm ? rpmWithoutEpoch : own;
    const stream = streamMatch(pkg, rule);
    // What is said of another module stream says nothing of this one.
    if (stream === 'none') continue;
    const affected = concerns(pkg, rule) && reaches(pkg, key, rule, scheme);
    const verdict = { advisoryId, ecosystem, name, rule, affected, version: key.version, scheme };
    verdicts.push(stream === 'perhaps' ? { ...verdict, isGuess: true } : verdict);
  }
  return verdicts;
}

/** Where a rule lists the fixed version of each binary package, sub-packages are numbered unlike their source. */
function reaches(pkg: PackageContext, key: LookupKey, rule: AffectedRule, scheme: Scheme): boolean {
  const listed = key.byBinary && rule.binaries?.[pkg.name];
  return listed ? scheme.compare(pkg.version, listed) < 0 : isAffected(key.version, rule, scheme);
}

/** Tells whether a rule names a version, by one of its intervals or in its list. */
export function isAffected(version: string, rule: AffectedRule, scheme: Scheme): boolean {
  const { intervals = [], versions = [] } = rule;
  if (!scheme.isReadable(version)) {
    // Nothing can be compared with it; only its very name or a rule about every version reaches it.
    return versions.includes(version) || intervals.some(isEverything);
  }
  return (
    intervals.some((interval) => contains(interval, version, scheme)) ||
    versions.some((listed) => scheme.compare(listed, version) === 0)
  );
}

/** Some records name the binary packages of a source that are affected; the others are not. */
function concerns(pkg: PackageContext, { binaries }: AffectedRule): boolean {
  return !binaries || Object.hasOwn(binaries, pkg.name);
}

function isEverything(interval: object): boolean {
  return Object.keys(interval).length === 0;
}
