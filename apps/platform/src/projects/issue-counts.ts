import { severities, type IssueCounts, type SeverityLevel } from '@plimsoll/contracts';
import { z } from 'zod';

/** Counters as the database keeps them: a number per severity, and how many are hidden by default. */
const StoredCounts = z.partialRecord(z.enum([...severities, 'hidden']), z.number().int());

/** No issues at all. */
const none: IssueCounts = {
  critical: 0,
  high: 0,
  medium: 0,
  low: 0,
  negligible: 0,
  unknown: 0,
  hidden: 0,
};

/** The counters of a project as the API shows them; `stored` is what `refresh-counts.ts` wrote. */
export function readCounts(stored: unknown, updatedAt: Date | null): IssueCounts {
  return {
    ...none,
    ...StoredCounts.parse(stored ?? {}),
    ...(updatedAt && { updated_at: updatedAt.toISOString() }),
  };
}

/** Counts findings as the database counts them. */
export function countFindings(
  findings: readonly { severity: string; hidden_reason: string | null }[],
): IssueCounts {
  const counts = { ...none };
  for (const finding of findings) {
    counts[finding.hidden_reason === null ? severityOf(finding.severity) : 'hidden'] += 1;
  }
  return counts;
}

/** A severity as the database keeps it. */
export function severityOf(text: string): SeverityLevel {
  return severities.find((severity) => severity === text) ?? 'unknown';
}
