import { databaseOf, isCve } from './advisory-databases.ts';

/** An advisory with the ids it names as its aliases. */
export type AliasRecord = { readonly id: string; readonly aliases: readonly string[] };

/** Ids that name the same vulnerability. */
export type AliasGroup = {
  /** The CVE id if there is exactly one; else GitHub's, else an ecosystem's own, else the first. */
  readonly canonical: string;
  /** All ids, the canonical one first. */
  readonly ids: readonly string[];
};

/**
 * Joins ids by union-find over symmetric, transitive aliases. An alias that would bring two CVE ids into one group is
 * ignored, unless the record itself lists both. The result does not depend on the order of the records.
 */
export function aliasGroups(records: readonly AliasRecord[]): AliasGroup[] {
  const parents = new Map<string, string>();
  const cves = new Map<string, ReadonlySet<string>>();
  const root = (id: string): string => {
    let at = id;
    for (let parent = parents.get(at); parent !== undefined; parent = parents.get(at)) at = parent;
    if (at !== id) parents.set(id, at);
    return at;
  };
  const cvesOf = (id: string) => cves.get(id) ?? (isCve(id) ? new Set([id]) : none);

  for (const { id, aliases } of records.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))) {
    const listed = new Set([id, ...aliases].filter(isCve));
    for (const alias of aliases.toSorted()) {
      const a = root(id);
      const b = root(alias);
      if (a === b) continue;
      const joined = new Set([...cvesOf(a), ...cvesOf(b)]);
      if (joined.size > 1 && ![...joined].every((cve) => listed.has(cve))) continue;
      parents.set(b, a);
      cves.set(a, joined);
    }
  }

  const members = new Map<string, string[]>();
  for (const id of new Set(records.flatMap(({ id, aliases }) => [id, ...aliases]))) {
    const group = members.get(root(id));
    if (group) group.push(id);
    else members.set(root(id), [id]);
  }
  return [...members.values()].filter((ids) => ids.length > 1).map(groupOf);
}

/** The group of one or more ids that name the same vulnerability. */
export function groupOf(ids: readonly string[]): AliasGroup {
  const sorted = ids.toSorted();
  const cves = sorted.filter(isCve);
  const canonical =
    (cves.length === 1 ? cves[0] : undefined) ??
    sorted.find((id) => id.startsWith('GHSA-')) ??
    sorted.find((id) => databaseOf(id).specificity === 2) ??
    sorted[0] ??
    '';
  return { canonical, ids: [canonical, ...sorted.filter((id) => id !== canonical)] };
}

const none: ReadonlySet<string> = new Set();
