import { byCloseness, databaseOf } from './advisory-databases.ts';
import type { AliasGroup } from './alias-groups.ts';
import type { AdvisoryFacts } from './compile-advisory.ts';
import type { Verdict } from './evaluate.ts';
import type { Rating } from './severity.ts';

/** A rating with the name of the database it was taken from. */
export type SourcedRating = Rating & { readonly source: string };

/**
 * All ratings of a vulnerability, the one to use first: the vendor's for the package, CVSS of the matching advisories
 * (newest standard first), CVSS of others in the group, ratings given as a word. None at all means unknown.
 */
export function rate(
  matching: readonly Verdict[],
  group: AliasGroup,
  facts: Pick<ReadonlyMap<string, AdvisoryFacts>, 'get'>,
  isMalicious: boolean,
): SourcedRating[] {
  const own = [...new Set(matching.map(({ advisoryId }) => advisoryId))].sort(byCloseness);
  const others = group.ids.filter((id) => !own.includes(id));
  const ratingsOf = (ids: readonly string[], pick: (facts: AdvisoryFacts) => readonly Rating[]) =>
    ids.flatMap((id) => {
      const known = facts.get(id);
      return known ? pick(known).map((rating) => ({ source: databaseOf(id).name, ...rating })) : [];
    });
  const word = (level: Rating['level'] | undefined): readonly Rating[] => (level ? [{ level }] : []);

  const byVendor = matching.flatMap(({ rule, advisoryId }) =>
    word(rule.level).map((rating) => ({ source: databaseOf(advisoryId).name, ...rating })),
  );
  const ofPackage = matching.flatMap(({ rule, advisoryId }) =>
    (rule.ratings ?? []).map((rating) => ({ source: databaseOf(advisoryId).name, ...rating })),
  );
  const ordered: SourcedRating[] = [
    ...(isMalicious ? [{ source: 'OpenSSF Malicious Packages', level: 'critical' as const }] : []),
    ...byVendor,
    ...ratingsOf(own, ({ vendorLevel }) => word(vendorLevel)),
    ...newestFirst([...ofPackage, ...ratingsOf(own, ({ ratings = [] }) => ratings)]),
    ...newestFirst(ratingsOf(others, ({ ratings = [] }) => ratings)),
    ...ratingsOf([...own, ...others], ({ level }) => word(level)),
  ];
  const distinct = new Map(ordered.map((rating) => [JSON.stringify(rating), rating]));
  return [...distinct.values()];
}

function newestFirst(ratings: SourcedRating[]): SourcedRating[] {
  return ratings.toSorted((a, b) => Number(b.version ?? 0) - Number(a.version ?? 0));
}
