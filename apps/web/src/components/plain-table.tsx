import type { ReactNode } from 'react';
import styles from './plain-table.module.css';

/** A short table; its rows are plain ones. A long one that scrolls with the page is a `RowTable`. */
export function PlainTable({
  label,
  columns,
  className,
  children,
}: {
  readonly label: string;
  /** Heads of the columns; an empty one is for what can be done with a row. */
  readonly columns: readonly string[];
  readonly className?: string | undefined;
  readonly children: ReactNode;
}) {
  return (
    <table className={className ? `${styles.table} ${className}` : styles.table} aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column}>{column}</th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
