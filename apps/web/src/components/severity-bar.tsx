import { type IssueCounts, severities } from '@plimsoll/contracts';
import { countsInWords, severityNames, totalOf } from '../domain/severity.ts';
import { grouping } from '../domain/count.ts';
import { CheckIcon } from './icons.tsx';
import styles from './severity-bar.module.css';

/** Severities with a column of their own in every row; the others appear only where they have an issue. */
const columns = ['critical', 'high', 'medium', 'low'] as const;

/** Issue counts by severity: letter, number and colour in columns, and their proportions as a line below. */
export function SeverityBar({ counts }: { readonly counts: IssueCounts }) {
  const total = totalOf(counts);
  if (total === 0) {
    return (
      <span className={styles.clean}>
        <CheckIcon size={14} /> No issues
      </span>
    );
  }
  const shown = severities.filter(
    (severity) => counts[severity] > 0 || columns.some((column) => column === severity),
  );
  return (
    <span className={styles.bar} role="img" aria-label={countsInWords(counts)} title={countsInWords(counts)}>
      <span className={styles.cells}>
        {shown.map((severity) => (
          <span
            key={severity}
            className={styles.cell}
            data-severity={severity}
            data-none={counts[severity] === 0 || undefined}
          >
            <b>{severityNames[severity].letter}</b>
            {grouping(counts[severity])}
          </span>
        ))}
      </span>
      <span className={styles.track}>
        {severities.map((severity) => (
          <span key={severity} data-severity={severity} style={{ flexGrow: counts[severity] }} />
        ))}
      </span>
    </span>
  );
}
