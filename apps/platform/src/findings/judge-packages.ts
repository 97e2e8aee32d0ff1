import { hash } from 'node:crypto';
import {
  evaluate,
  findingsOf,
  lookupKeys,
  vulnerabilitiesOf,
  type AliasGroup,
  type Candidate,
  type Finding,
  type Knowledge,
  type PackageContext,
  type Verdict,
} from '@plimsoll/matching';
import type { Kysely } from 'kysely';
import { digestOf, keyName, type AdvisoryView } from '../advisories/advisory-memory.ts';
import type { Database } from '../database/schema.ts';

/**
 * What the advisories say of packages as of a revision. Whether findings differ from those that are stored is told
 * without making them, by what they would be made of.
 */
export type Judgement = {
  readonly revision: number;
  /** Tells all that the findings of a package are made of, but for the package and our rules, from anything else. */
  hashOf(packageId: number): string;
  /** Makes the findings of packages, by their ids. */
  findings(db: Kysely<Database>, packageIds: readonly number[]): Promise<Map<number, Finding[]>>;
};

/** A package that something affects, with all that is said about it. */
type Judged = {
  readonly pkg: PackageContext;
  readonly verdicts: readonly Verdict[];
  readonly affecting: readonly Verdict[];
};

/** Judges packages by the advisories, in a number of queries that does not grow with the packages. */
export async function judgePackages(
  db: Kysely<Database>,
  view: AdvisoryView,
  packages: readonly PackageContext[],
): Promise<Judgement> {
  const judged = await judge(db, view, packages);
  const contents = await contentsOf(db, view, judged.values());
  return {
    revision: view.revision,
    hashOf(id) {
      const one = judged.get(id);
      return one ? hash('md5', contents(one)) : '';
    },
    async findings(db, packageIds) {
      const wanted = packageIds.flatMap((id) => judged.get(id) ?? []);
      const knowledge = await knowledgeOf(
        db,
        view,
        wanted.flatMap(({ affecting }) => affecting),
      );
      return new Map(
        wanted.map(({ pkg, verdicts }) => [pkg.id, findingsOf(pkg, verdicts, knowledge)] as const),
      );
    },
  };
}

/** All that is known of the vulnerabilities that rules speak about, and of the advisories these are from. */
export async function knowledgeOf(
  db: Kysely<Database>,
  view: AdvisoryView,
  rules: readonly Candidate[],
): Promise<Knowledge> {
  const vulnerabilities = new Set(rules.flatMap(vulnerabilitiesOf));
  const found = await view.groups(db, vulnerabilities);
  // By all their ids: a record by another one may say that the package is not affected, and know better.
  const groups = new Map<string, AliasGroup>();
  for (const id of vulnerabilities) {
    const group = found.get(id);
    for (const other of group?.ids ?? []) groups.set(other, group as AliasGroup);
  }
  const ids = new Set([...rules.map(({ advisoryId }) => advisoryId), ...groups.keys()]);
  return { groups, facts: await view.facts(db, ids) };
}

/** Judges packages; those that nothing affects are left out. */
async function judge(
  db: Kysely<Database>,
  view: AdvisoryView,
  packages: readonly PackageContext[],
): Promise<Map<number, Judged>> {
  const asked = packages.map((pkg) => ({ pkg, keys: lookupKeys(pkg) }));
  const candidates = await view.candidates(
    db,
    asked.flatMap(({ keys }) => keys),
  );
  const judged = new Map<number, Judged>();
  for (const { pkg, keys } of asked) {
    const known = keys.flatMap((key) => candidates.get(keyName(key)) ?? []);
    if (known.length === 0) continue;
    const verdicts = evaluate(pkg, known, keys);
    const affecting = verdicts.filter(({ affected }) => affected);
    if (affecting.length > 0) judged.set(pkg.id, { pkg, verdicts, affecting });
  }
  return judged;
}

/** Gets ready to tell what findings are made of: what affects the package, the ids of that, and what is known by these. */
async function contentsOf(
  db: Kysely<Database>,
  view: AdvisoryView,
  judged: Iterable<Judged>,
): Promise<(one: Judged) => string> {
  const vulnerabilities = new Set<string>();
  const advisories = new Set<string>();
  for (const { affecting } of judged) {
    for (const verdict of affecting) {
      for (const id of vulnerabilitiesOf(verdict)) vulnerabilities.add(id);
      // Any other advisory is one of the vulnerability's own ids.
      if (verdict.rule.vulnerabilities) advisories.add(verdict.advisoryId);
    }
  }
  const groups = await view.groups(db, vulnerabilities);
  const subjects = await view.digests(db, groups, vulnerabilities);
  const facts = await view.facts(db, advisories);
  return ({ verdicts, affecting }) => {
    const ids = new Set<string>();
    let text = '';
    for (const { rule, advisoryId, ecosystem, isGuess = '' } of affecting) {
      for (const id of rule.vulnerabilities ?? [advisoryId]) {
        if (ids.has(id)) continue;
        for (const other of groups.get(id)?.ids ?? []) ids.add(other);
        text += `${subjects.get(id)}\n`;
      }
      const known = rule.vulnerabilities && facts.get(advisoryId);
      text += `${ecosystem}\n${advisoryId}\n${isGuess}${digestOf(rule)}\n`;
      if (known) text += `${digestOf(known)}\n`;
    }
    // What says otherwise of the same vulnerabilities may overrule it.
    for (const verdict of verdicts) {
      const isOther = !verdict.affected && vulnerabilitiesOf(verdict).some((id) => ids.has(id));
      if (isOther) text += `not\n${verdict.advisoryId}\n${verdict.ecosystem}\n${digestOf(verdict.rule)}\n`;
    }
    return text;
  };
}
