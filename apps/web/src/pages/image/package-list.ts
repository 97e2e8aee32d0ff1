import type { ProjectPackage } from '@plimsoll/contracts';
import { totalOf } from '../../domain/severity.ts';
import { containsAll, wordsOf } from './issue-list.ts';

/** The packages that a search asks for: those with the worst issues first, then by name. */
export function selectPackages(packages: readonly ProjectPackage[], q: string | undefined): ProjectPackage[] {
  const words = wordsOf(q);
  return packages
    .filter(({ attributes }) =>
      words.length === 0 ? true : containsAll(`${attributes.purl}\n${attributes.name}`, words),
    )
    .toSorted(worstFirst);
}

function worstFirst(a: ProjectPackage, b: ProjectPackage): number {
  const [x, y] = [a.attributes.issue_counts, b.attributes.issue_counts];
  return (
    y.critical - x.critical ||
    y.high - x.high ||
    y.medium - x.medium ||
    totalOf(y) - totalOf(x) ||
    a.attributes.name.localeCompare(b.attributes.name)
  );
}
