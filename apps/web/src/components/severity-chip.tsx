import type { SeverityLevel } from '@plimsoll/contracts';
import { severityNames } from '../domain/severity.ts';
import styles from './severity-chip.module.css';

/** One severity, as a coloured letter and its name. */
export function SeverityChip({ severity }: { readonly severity: SeverityLevel }) {
  const { letter, name } = severityNames[severity];
  return (
    <span className={styles.chip}>
      <b data-severity={severity} aria-hidden>
        {letter}
      </b>
      {name}
    </span>
  );
}
