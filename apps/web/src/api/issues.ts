import { Issue } from '@plimsoll/contracts';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type Page, readPage } from './client.ts';

/**
 * The issues of a project, page by page, those hidden by default only when asked for. `scannedAt` is part of the
 * key: another scan makes another list.
 */
export function useIssues(
  orgId: string,
  projectId: string,
  scannedAt: string | undefined,
  includeHidden: boolean,
) {
  return useInfiniteQuery({
    queryKey: ['issues', orgId, projectId, scannedAt, { includeHidden }],
    queryFn: ({ pageParam, signal }) =>
      readPage(
        `/orgs/${orgId}/issues`,
        Issue,
        { 'scan_item.id': projectId, 'scan_item.type': 'project', include_hidden: includeHidden },
        pageParam,
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<Issue>) => page.next,
    placeholderData: keepPreviousData,
  });
}
