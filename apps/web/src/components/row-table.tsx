import type { ReactNode } from 'react';
import styles from './row-table.module.css';
import { VirtualRows } from './virtual-rows.tsx';

/** A long table that scrolls with the page; its rows are `TableRow`s. */
export function RowTable<T extends { readonly id: string }>({
  label,
  columns,
  className,
  items,
  rowHeight,
  onMore,
  children,
}: {
  readonly label: string;
  readonly columns: readonly string[];
  /** A class that sets `--columns` and the other measures which `row-table.module.css` names. */
  readonly className: string | undefined;
  readonly items: readonly T[];
  /** Usual height of a closed row with its line, pixels. */
  readonly rowHeight: number;
  /** Reads more rows when the last ones come near; undefined when there are no more. */
  readonly onMore?: (() => unknown) | undefined;
  readonly children: (item: T, rowNumber: number) => ReactNode;
}) {
  return (
    <div role="table" className={className} aria-label={label} aria-rowcount={onMore ? -1 : items.length + 1}>
      <div role="rowgroup">
        <div role="row" className={styles.head}>
          {columns.map((column) => (
            <span key={column} role="columnheader">
              {column}
            </span>
          ))}
        </div>
      </div>
      <VirtualRows items={items} keyOf={({ id }) => id} rowHeight={rowHeight} onNearEnd={onMore}>
        {(item, index) => children(item, index + 2)}
      </VirtualRows>
    </div>
  );
}
