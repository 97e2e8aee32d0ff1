import { noIssues, severities, type IssueCounts, type SeverityLevel } from '@plimsoll/contracts';
import { z } from 'zod';

/** Counters as the database keeps them: a number per severity, and how many are hidden by default. */
const StoredCounts = z.partialRecord(z.enum([...severities, 'hidden']), z.number().int());

/** Issues of one severity that are ignored until an instant (milliseconds since 1970), or for good. */
const IgnoredCount = z.object({
  severity: z.string(),
  count: z.number().int(),
  until: z.number().nullable(),
});
export type IgnoredCount = z.infer<typeof IgnoredCount>;

/** What `refresh-counts.ts` wrote of a project. */
export type StoredCountsRow = {
  readonly issue_counts: unknown;
  readonly issue_ignored: unknown;
  readonly issue_counts_at: Date | null;
};

/** The counters of a project at an instant, as the API shows them: ignores that ended are open issues again. */
export function readCounts(stored: StoredCountsRow, at: Date): IssueCounts {
  const counts = { ...noIssues, ...StoredCounts.parse(stored.issue_counts ?? {}) };
  for (const { severity, count, until } of z.array(IgnoredCount).parse(stored.issue_ignored ?? [])) {
    counts[until === null || until > at.getTime() ? 'ignored' : severityOf(severity)] += count;
  }
  return {
    ...counts,
    ...(stored.issue_counts_at && { updated_at: stored.issue_counts_at.toISOString() }),
  };
}

/** The counters of a project as if nobody had ignored anything: what its image is worth. */
export function readUntriaged(stored: StoredCountsRow): IssueCounts {
  const counts = { ...noIssues, ...StoredCounts.parse(stored.issue_counts ?? {}) };
  for (const { severity, count } of z.array(IgnoredCount).parse(stored.issue_ignored ?? [])) {
    counts[severityOf(severity)] += count;
  }
  return counts;
}

/** Counts findings as the database counts them. */
export function countFindings(
  findings: readonly { severity: string; hidden_reason: string | null; is_ignored: boolean }[],
): IssueCounts {
  const counts = { ...noIssues };
  for (const finding of findings) {
    if (finding.hidden_reason !== null) counts.hidden += 1;
    else counts[finding.is_ignored ? 'ignored' : severityOf(finding.severity)] += 1;
  }
  return counts;
}

/** A severity as the database keeps it. */
export function severityOf(text: string): SeverityLevel {
  return severities.find((severity) => severity === text) ?? 'unknown';
}
