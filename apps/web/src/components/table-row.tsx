import type { ReactNode } from 'react';
import styles from './row-table.module.css';

/** One row of a `RowTable`, its cells inside, and what is shown below it while it is open. */
export function TableRow({
  rowNumber,
  detail,
  children,
}: {
  /** Its place in the table; the head is row 1. */
  readonly rowNumber: number;
  readonly detail: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <div className={styles.entry} role="presentation">
      <div role="row" aria-rowindex={rowNumber} className={styles.row}>
        {children}
      </div>
      {detail}
    </div>
  );
}
