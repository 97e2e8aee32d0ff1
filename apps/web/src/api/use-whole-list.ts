import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { Page } from './client.ts';

/** A page that filters on its own reads this many rows without being asked; beyond, a person asks for more. */
const rowsUnasked = 5_000;

/** All rows read so far of a listing, reading on by itself up to a bound. */
export function useWholeList<T>(query: UseInfiniteQueryResult<InfiniteData<Page<T>>>) {
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const goesOn = hasNextPage && items.length < rowsUnasked;

  useEffect(() => {
    if (goesOn && !isFetching && !isError) void fetchNextPage();
  }, [goesOn, isFetching, isError, fetchNextPage]);

  return { items, isReading: goesOn && !isError, isCut: hasNextPage && !goesOn };
}
