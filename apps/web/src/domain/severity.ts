import { type IssueCounts, severities, type SeverityLevel } from '@plimsoll/contracts';

/** What each severity is called, and the letter that stands beside its colour. */
export const severityNames: Readonly<Record<SeverityLevel, { name: string; letter: string }>> = {
  critical: { name: 'Critical', letter: 'C' },
  high: { name: 'High', letter: 'H' },
  medium: { name: 'Medium', letter: 'M' },
  low: { name: 'Low', letter: 'L' },
  negligible: { name: 'Negligible', letter: 'N' },
  unknown: { name: 'Unknown', letter: 'U' },
};

/** Orders severities, worst first. */
export function compareSeverity(a: SeverityLevel, b: SeverityLevel): number {
  return severities.indexOf(a) - severities.indexOf(b);
}

/** The worst severity that has an issue; undefined when there is no issue. */
export function worstOf(counts: IssueCounts): SeverityLevel | undefined {
  return severities.find((severity) => counts[severity] > 0);
}

/** How many issues there are, hidden ones left out. */
export function totalOf(counts: IssueCounts): number {
  return severities.reduce((sum, severity) => sum + counts[severity], 0);
}

/** The counts as a sentence: `2 critical, 1 low`. */
export function countsInWords(counts: IssueCounts): string {
  const parts = severities.flatMap((severity) =>
    counts[severity] > 0 ? `${counts[severity]} ${severityNames[severity].name.toLowerCase()}` : [],
  );
  return parts.length > 0 ? parts.join(', ') : 'no issues';
}
