import type { Advisory, AdvisoryPackage, SeverityLevel } from '@plimsoll/contracts';
import { isCve } from './advisory-databases.ts';
import { isDistribution } from './distributions.ts';
import { contains, intervalsOf, joinIntervals, type Interval } from './intervals.ts';
import { moduleOf } from './module-stream.ts';
import { normalEcosystem, normalName } from './names.ts';
import { schemeOf, schemes, type Scheme } from './schemes/index.ts';
import { cvssRatings, levelOfWord, type Rating } from './severity.ts';

/** Goes up whenever the same record compiles to something else, so that all stored ones are compiled again. */
export const compilerVersion = 3;

/**
 * When a version of one package is affected, as stored in `affected.rule`. Absent members say nothing.
 */
export type AffectedRule = {
  /** Ids of the vulnerabilities it speaks about, when that is not the advisory itself. */
  readonly vulnerabilities?: readonly string[];
  /** Disjoint and rising. */
  readonly intervals?: readonly Interval[];
  /** Single affected versions that lie in none of the intervals. */
  readonly versions?: readonly string[];
  /** The bounds are SemVer, whatever the ecosystem uses. */
  readonly semver?: true;
  /** The vendor's rating for this package. */
  readonly level?: SeverityLevel;
  readonly ratings?: readonly Rating[];
  /** The vendor will not fix it in this release. */
  readonly willNotFix?: true;
  /** The rpm module stream it is about, as far as the advisory tells; see `moduleOf`. */
  readonly module?: string;
  /** Only these binary packages are affected; the value is the version that fixes each. */
  readonly binaries?: Readonly<Record<string, string>>;
};

/** One rule with the key it is found by; several rows of one advisory may have the same key. */
export type AffectedRow = { readonly ecosystem: string; readonly name: string; readonly rule: AffectedRule };

/** What an advisory says beyond its rules, as stored in `advisory.facts`. */
export type AdvisoryFacts = {
  readonly title?: string;
  readonly modified: string;
  readonly published?: string;
  /** CVSS, newest standard first. */
  readonly ratings?: readonly Rating[];
  /** The distribution's own rating of the whole advisory. */
  readonly vendorLevel?: SeverityLevel;
  /** A rating given as a word, without a vector. */
  readonly level?: SeverityLevel;
  /** Kinds of weakness, `CWE-79`. */
  readonly cwes?: readonly string[];
};

export type CompiledAdvisory = {
  readonly facts: AdvisoryFacts;
  /** Other ids of the same vulnerability. */
  readonly aliases: readonly string[];
  readonly rows: readonly AffectedRow[];
};

/** What entries about the same package say together. */
type Entry = {
  readonly entry: AdvisoryPackage;
  readonly scheme: Scheme;
  readonly module: string | undefined;
  readonly intervals: readonly Interval[];
};

/** Compiles an advisory into what is stored and matched. A withdrawn one has no rows and no aliases. */
export function compileAdvisory(advisory: Advisory): CompiledAdvisory {
  if (advisory.withdrawn) return { facts: factsOf(advisory), aliases: [], rows: [] };
  const rows = new Map<string, Entry>();
  for (const entry of advisory.affected) {
    const ecosystem = normalEcosystem(entry.ecosystem);
    const scheme = schemeOf(ecosystem);
    // Ecosystems without a scheme are kept as a document only.
    if (!scheme) continue;
    for (const part of bySemver(entry, scheme)) {
      const { ranges, versions, ecosystem: _ecosystem, name: _name, ...details } = part.entry;
      const name = normalName(ecosystem, entry.name);
      const module =
        scheme === schemes.rpm ? (entry.module ?? moduleOf(part.entry, advisory.summary)) : undefined;
      const key = JSON.stringify([ecosystem, name, part.scheme.id, module, details]);
      const known = rows.get(key);
      const intervals = ranges.flatMap((range) => intervalsOf(range.events, part.scheme));
      rows.set(key, {
        entry: { ...entry, ecosystem, name, versions: [...(known?.entry.versions ?? []), ...versions] },
        scheme: part.scheme,
        module,
        intervals: [...(known?.intervals ?? []), ...intervals],
      });
    }
  }
  const vulnerabilities = vulnerabilitiesOf(advisory);
  return {
    facts: factsOf(advisory),
    // What a distribution lists as aliases are the vulnerabilities it fixes.
    aliases: isOfDistribution(advisory) ? [] : advisory.aliases,
    rows: [...rows.values()].flatMap((row) => {
      const rule = ruleOf(row, vulnerabilities);
      return rule ? [{ ecosystem: row.entry.ecosystem, name: row.entry.name, rule }] : [];
    }),
  };
}

/** A range of type SEMVER is read as SemVer even where the ecosystem orders versions differently. */
function bySemver(entry: AdvisoryPackage, scheme: Scheme): { entry: AdvisoryPackage; scheme: Scheme }[] {
  const foreign = scheme === schemes.semver ? [] : entry.ranges.filter(({ type }) => type === 'SEMVER');
  if (foreign.length === 0) return [{ entry, scheme }];
  const own = entry.ranges.filter(({ type }) => type !== 'SEMVER');
  return [
    { entry: { ...entry, ranges: own }, scheme },
    { entry: { ...entry, ranges: foreign, versions: [] }, scheme: schemes.semver },
  ];
}

/** An entry with neither ranges nor versions matches nothing and needs no rule. */
function ruleOf(
  { entry, scheme, module, intervals: overlapping }: Entry,
  vulnerabilities: readonly string[],
): AffectedRule | undefined {
  const intervals = joinIntervals(overlapping, scheme);
  // What cannot be read is compared with no interval, so that only its own name reaches it.
  const versions = [...new Set(entry.versions)].filter(
    (version) =>
      !scheme.isReadable(version) || !intervals.some((interval) => contains(interval, version, scheme)),
  );
  const hadRange = entry.ranges.length > 0;
  if (intervals.length === 0 && versions.length === 0 && !hadRange) return undefined;
  const level = entry.urgency ? levelOfWord(entry.urgency) : vendorWord(entry.severity);
  const ratings = cvssRatings(entry.severity);
  return {
    ...(vulnerabilities.length > 0 ? { vulnerabilities } : {}),
    ...(intervals.length > 0 ? { intervals } : {}),
    ...(versions.length > 0 ? { versions } : {}),
    ...(scheme !== schemeOf(entry.ecosystem) ? { semver: true } : {}),
    ...(level ? { level } : {}),
    ...(ratings.length > 0 ? { ratings } : {}),
    ...(entry.willNotFix || entry.urgency === 'end-of-life' ? { willNotFix: true } : {}),
    ...(module === undefined ? {} : { module }),
    ...(entry.binaries ? { binaries: entry.binaries } : {}),
  };
}

/**
 * The vulnerabilities that a distribution's record fixes: `upstream`; of records from before that field, the CVE
 * ids among its aliases and related ids. Empty when the advisory is about itself.
 */
function vulnerabilitiesOf(advisory: Advisory): string[] {
  if (!isOfDistribution(advisory)) return [];
  const perCve = /^[A-Z]+-(CVE-\d+-\d+)$/.exec(advisory.id)?.[1];
  const named =
    advisory.upstream.length > 0
      ? advisory.upstream
      : [...(perCve ? [perCve] : []), ...advisory.aliases, ...advisory.related].filter(isCve);
  const cves = named.filter(isCve);
  return [...new Set(cves.length > 0 ? cves : named)].sort();
}

function factsOf(advisory: Advisory): AdvisoryFacts {
  const ratings = cvssRatings(advisory.severity);
  const ofDistribution = isOfDistribution(advisory);
  const announced = /^(low|moderate|medium|important|critical): /i.exec(advisory.summary ?? '')?.[1];
  const vendorLevel =
    vendorWord(advisory.severity) ?? (ofDistribution && announced ? levelOfWord(announced) : undefined);
  const level = advisory.rating ? levelOfWord(advisory.rating) : undefined;
  return {
    ...(advisory.summary ? { title: advisory.summary } : {}),
    modified: advisory.modified,
    ...(advisory.published ? { published: advisory.published } : {}),
    ...(ratings.length > 0 ? { ratings } : {}),
    ...(vendorLevel ? { vendorLevel } : {}),
    ...(level ? { level } : {}),
    ...(advisory.cwes.length > 0 ? { cwes: advisory.cwes } : {}),
  };
}

/** A vendor's own rating among a record's severities; Ubuntu gives its priority so. */
function vendorWord(severities: Advisory['severity']): SeverityLevel | undefined {
  const word = severities.find(({ type }) => type === 'Ubuntu')?.score;
  return word ? levelOfWord(word) : undefined;
}

function isOfDistribution(advisory: Advisory): boolean {
  return advisory.affected.some(({ ecosystem }) => isDistribution(ecosystem));
}
