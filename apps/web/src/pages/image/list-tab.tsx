import { Box, Group } from '@mantine/core';
import type { Project } from '@plimsoll/contracts';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import type { Page } from '../../api/client.ts';
import { useWholeList } from '../../api/use-whole-list.ts';
import { Failure } from '../../components/failure.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { RowTable } from '../../components/row-table.tsx';
import type { ImageSearch } from './image-search.ts';
import { ListNote } from './list-note.tsx';

/** Height of a closed row with its line, pixels. */
const rowHeight = 45;

/** What the page of an image gives to each of its tabs. */
export type TabProps = {
  readonly project: Project;
  readonly search: ImageSearch;
  readonly onChange: (change: ImageSearch) => void;
  /** Opens or closes the row with an id. */
  readonly onToggle: (id: string) => void;
};

/** A tab that holds one list: its filters, the rows that they leave, and how far it is read. */
export function ListTab<T extends { readonly id: string }>({
  label,
  noun,
  columns,
  className,
  query,
  select,
  filters,
  empty,
  children,
}: {
  readonly label: string;
  /** One of what is listed: `issue` */
  readonly noun: string;
  readonly columns: readonly string[];
  /** As in `RowTable`. */
  readonly className: string | undefined;
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  /** The rows to show of those that were read, in order. Made anew only when the filters change. */
  readonly select: (items: readonly T[]) => readonly T[];
  readonly filters: ReactNode;
  /** Said in place of the list when all is read and no row is shown. */
  readonly empty: ReactNode;
  readonly children: (item: T, rowNumber: number) => ReactNode;
}) {
  const { items, isReading, isCut } = useWholeList<T>(query);
  const shown = useMemo(() => select(items), [items, select]);
  return (
    <>
      <Group gap="xs" p="md" role="search">
        {filters}
      </Group>
      {query.isError && (
        <Box px="md" pb="md">
          <Failure
            what={`The ${noun}s could not be read`}
            error={query.error}
            onRetry={items.length > 0 && query.hasNextPage ? query.fetchNextPage : query.refetch}
          />
        </Box>
      )}
      {query.isPending && <NothingYet rows={6} height={34} />}
      {shown.length > 0 && (
        <RowTable label={label} columns={columns} className={className} items={shown} rowHeight={rowHeight}>
          {children}
        </RowTable>
      )}
      {query.data && (
        <ListNote
          shown={shown.length}
          read={items.length}
          noun={noun}
          isReading={isReading}
          onMore={isCut ? query.fetchNextPage : undefined}
        />
      )}
      {query.data && !isReading && shown.length === 0 && empty}
    </>
  );
}
