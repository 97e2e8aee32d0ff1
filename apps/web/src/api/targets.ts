import { type SeverityLevel, Target } from '@plimsoll/contracts';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import type { ScanStatus } from '../domain/scan-status.ts';
import { type Page, readPage } from './client.ts';

export type TargetFilter = {
  readonly search?: string | undefined;
  readonly severities?: readonly SeverityLevel[] | undefined;
  readonly integrations?: readonly string[] | undefined;
  readonly statuses?: readonly ScanStatus[] | undefined;
};

/** How often a list is read again while a sync fills it, milliseconds. */
const fillingIntervalMs = 5_000;

/** More pages than this are too many requests to read again by the clock. */
const fewPages = 3;

/** Repositories, by name, page by page. `isFilling`: a sync is running, so the list is read again now and then. */
export function useTargets(orgId: string, filter: TargetFilter, isFilling: boolean) {
  return useInfiniteQuery({
    queryKey: ['targets', orgId, filter],
    queryFn: ({ pageParam, signal }) =>
      readPage(
        `/orgs/${orgId}/targets`,
        Target,
        {
          count: true,
          search: filter.search,
          effective_severity_level: filter.severities,
          integration_id: filter.integrations,
          scan_status: filter.statuses,
        },
        pageParam,
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<Target>) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      isFilling && (state.data?.pages.length ?? 0) <= fewPages ? fillingIntervalMs : false,
  });
}
