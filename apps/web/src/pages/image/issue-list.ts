import type { Issue } from '@plimsoll/contracts';
import { compareSeverity } from '../../domain/severity.ts';
import type { ImageSearch } from './image-search.ts';

/** The issues that a search asks for, worst first: by severity, score, id and package, or by priority before these. */
export function selectIssues(
  issues: readonly Issue[],
  { q, severity, fixable, exploited, sort }: ImageSearch,
): Issue[] {
  const words = wordsOf(q);
  return issues
    .filter((issue) => !severity || severity.includes(issue.attributes.effective_severity_level))
    .filter((issue) => !fixable || isFixable(issue))
    .filter((issue) => words.length === 0 || containsAll(textOf(issue), words))
    .filter((issue) => !exploited || issue.attributes.known_exploited !== undefined)
    .toSorted((a, b) => (sort === 'priority' ? priorityOf(b) - priorityOf(a) : 0) || worstFirst(a, b));
}

/** How soon to deal with an issue, 0 to 1000. */
export function priorityOf(issue: Issue): number {
  return issue.attributes.risk.score.value;
}

/** Whether a version without the issue exists. */
export function isFixable(issue: Issue): boolean {
  return issue.attributes.coordinates.some((coordinate) => coordinate.is_fixable_upstream);
}

/** The packages that an issue is about. */
export function packagesOf(issue: Issue) {
  return issue.attributes.coordinates.flatMap(({ representations }) =>
    representations.map(({ dependency }) => dependency),
  );
}

/** The databases that report an issue, each once. */
export function sourcesOf(issue: Issue): string[] {
  return [...new Set(issue.attributes.advisories.map(({ source }) => source))];
}

/** Lower-case words of a search. */
export function wordsOf(q: string | undefined): string[] {
  return (q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
}

/** Whether a text holds every word; upper and lower case alike. */
export function containsAll(text: string, words: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

function textOf(issue: Issue): string {
  const { key, title, problems } = issue.attributes;
  const names = packagesOf(issue).map(({ package_name }) => package_name);
  return [key, title, ...problems.map(({ id }) => id), ...names].join('\n');
}

function worstFirst(a: Issue, b: Issue): number {
  return (
    compareSeverity(a.attributes.effective_severity_level, b.attributes.effective_severity_level) ||
    scoreOf(b) - scoreOf(a) ||
    b.attributes.key.localeCompare(a.attributes.key, 'en', { numeric: true }) ||
    nameOf(a).localeCompare(nameOf(b))
  );
}

function scoreOf(issue: Issue): number {
  return Math.max(0, ...issue.attributes.severities.map(({ score }) => score ?? 0));
}

function nameOf(issue: Issue): string {
  return packagesOf(issue)[0]?.package_name ?? '';
}
