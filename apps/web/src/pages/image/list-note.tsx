import { Button, Loader } from '@mantine/core';
import { counted, grouping } from '../../domain/count.ts';
import styles from './list-note.module.css';

/** The line below a list: how many rows of how many, and whether more are coming. */
export function ListNote({
  shown,
  read,
  noun,
  isReading,
  onMore,
}: {
  readonly shown: number;
  readonly read: number;
  readonly noun: string;
  readonly isReading: boolean;
  /** Reads on where the list was cut; undefined when nothing is left. */
  readonly onMore: (() => unknown) | undefined;
}) {
  if (read === 0 && !isReading) return null;
  return (
    <div className={styles.note} role="status">
      {isReading && <Loader size="xs" />}
      {shown === read ? counted(read, noun) : `${grouping(shown)} of ${counted(read, noun)}`}
      {isReading && ', reading on'}
      {onMore && (
        <Button size="xs" variant="light" onClick={() => void onMore()}>
          Read more
        </Button>
      )}
    </div>
  );
}
