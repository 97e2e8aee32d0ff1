import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';

/** The end of the list is near when this many rows are left below. */
const rowsAhead = 30;

/** Rows of a long table that scrolls with the page. Only those in view exist; each is as high as it is. */
export function VirtualRows<T>({
  items,
  keyOf,
  rowHeight,
  onNearEnd,
  children,
}: {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** Usual height of a row, pixels; those in view are measured. */
  readonly rowHeight: number;
  /** Called when the last rows come near; may be called again while it works. */
  readonly onNearEnd?: (() => unknown) | undefined;
  readonly children: (item: T, index: number) => ReactNode;
}) {
  const list = useRef<HTMLDivElement>(null);
  const top = useTopOf(list);
  // oxlint-disable-next-line react/incompatible-library -- it returns functions that must not be memoized; none is
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowHeight,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item);
    },
    overscan: 8,
    scrollMargin: top,
  });
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;

  useEffect(() => {
    if (last >= items.length - rowsAhead) onNearEnd?.();
  }, [last, items.length, onNearEnd]);

  return (
    <div ref={list} role="rowgroup" style={{ position: 'relative', height: virtualizer.getTotalSize() }}>
      {rows.map((row) => {
        const item = items[row.index];
        if (item === undefined) return null;
        return (
          <div
            key={row.key}
            ref={virtualizer.measureElement}
            data-index={row.index}
            role="presentation"
            style={{
              position: 'absolute',
              top: 0,
              left: 0,
              width: '100%',
              transform: `translateY(${row.start - top}px)`,
            }}
          >
            {children(item, row.index)}
          </div>
        );
      })}
    </div>
  );
}

/** Where an element begins on the page, pixels. What stands above comes and goes, which changes the page's height. */
function useTopOf(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useEffect(() => {
    const look = () => {
      const box = element.current?.getBoundingClientRect();
      if (box) setTop(Math.round(box.top + window.scrollY));
    };
    const observer = new ResizeObserver(look);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top;
}
