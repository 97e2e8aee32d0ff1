import { hash } from 'node:crypto';
import {
  evaluate,
  findingsOf,
  lookupKeys,
  vulnerabilitiesOf,
  type AliasGroup,
  type Finding,
  type Knowledge,
  type PackageContext,
  type Verdict,
} from '@plimsoll/matching';
import type { Kysely } from 'kysely';
import { keyName, type AdvisoryView } from '../advisories/advisory-memory.ts';
import type { Database } from '../database/schema.ts';

/**
 * What the advisories say of packages as of a revision. Whether findings differ from those that are stored is told
 * without making them, by what they would be made of.
 */
export type Judgement = {
  readonly revision: number;
  /** Tells all that the findings of a package are made of, but for the package and our rules, from anything else. */
  hashOf(packageId: number): string;
  /** The findings of a package. */
  findingsOf(packageId: number): Finding[];
};

/** Judges packages by the advisories, in a number of queries that does not grow with the packages. */
export async function judgePackages(
  db: Kysely<Database>,
  view: AdvisoryView,
  packages: readonly PackageContext[],
): Promise<Judgement> {
  const keysOf = new Map(packages.map((pkg) => [pkg.id, lookupKeys(pkg)]));
  const candidates = await view.candidates(db, [...keysOf.values()].flat());
  const judged = new Map(
    packages.map((pkg) => {
      const known = (keysOf.get(pkg.id) ?? []).flatMap((key) => candidates.get(keyName(key)) ?? []);
      return [pkg.id, { pkg, verdicts: evaluate(pkg, known) }] as const;
    }),
  );
  const affecting = [...judged.values()].flatMap(({ verdicts }) =>
    verdicts.filter(({ affected }) => affected),
  );
  const groups = await groupsOf(db, view, new Set(affecting.flatMap(vulnerabilitiesOf)));
  const facts = await view.facts(
    db,
    new Set([...affecting.map(({ advisoryId }) => advisoryId), ...groups.keys()]),
  );
  const knowledge: Knowledge = { groups, facts };
  return {
    revision: view.revision,
    hashOf: (id) => hashOfVerdicts(judged.get(id)?.verdicts ?? [], knowledge),
    findingsOf(id) {
      const one = judged.get(id);
      return one ? findingsOf(one.pkg, one.verdicts, knowledge) : [];
    },
  };
}

/**
 * The groups of vulnerabilities by all their ids: a record by another one may say that the package is not affected, and
 * know better.
 */
export async function groupsOf(
  db: Kysely<Database>,
  view: AdvisoryView,
  vulnerabilities: ReadonlySet<string>,
): Promise<Map<string, AliasGroup>> {
  const found = await view.groups(db, vulnerabilities);
  const groups = new Map<string, AliasGroup>();
  for (const id of vulnerabilities) {
    const group = found.get(id);
    for (const other of group?.ids ?? []) groups.set(other, group as AliasGroup);
  }
  return groups;
}

/** Hashes the verdicts about what affects the package, the ids of that, and what is known by these ids. */
function hashOfVerdicts(verdicts: readonly Verdict[], { groups, facts }: Knowledge): string {
  const affecting = verdicts.filter(({ affected }) => affected);
  if (affecting.length === 0) return '';
  const subjects = new Map<string, AliasGroup>();
  for (const verdict of affecting) {
    for (const id of vulnerabilitiesOf(verdict)) {
      const group = groups.get(id);
      if (group) subjects.set(group.canonical, group);
    }
  }
  const concerns = (verdict: Verdict) =>
    vulnerabilitiesOf(verdict).some((id) => subjects.has(groups.get(id)?.canonical ?? id));
  const parts: string[] = [];
  const ids = new Set(affecting.map(({ advisoryId }) => advisoryId));
  for (const verdict of verdicts) {
    if (!verdict.affected && !concerns(verdict)) continue;
    parts.push(`${verdict.affected}${verdict.isGuess ?? ''}`, verdict.advisoryId, verdict.ecosystem);
    parts.push(digestOf(verdict.rule));
  }
  for (const group of subjects.values()) {
    for (const id of group.ids) {
      parts.push(id);
      ids.add(id);
    }
  }
  for (const id of ids) {
    const known = facts.get(id);
    if (known) parts.push(id, digestOf(known));
  }
  return hash('md5', parts.join('\n'));
}

/** Of rules and facts, which many packages share for as long as they are in memory. */
const digests = new WeakMap<object, string>();

function digestOf(value: object): string {
  const known = digests.get(value);
  if (known !== undefined) return known;
  const digest = hash('md5', JSON.stringify(value));
  digests.set(value, digest);
  return digest;
}
