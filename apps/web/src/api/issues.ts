import { documentOf, Issue } from '@plimsoll/contracts';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type Page, read, readPage } from './client.ts';

/**
 * The issues of a project, page by page, those hidden by default only when asked for, and those that are ignored only
 * by themselves. `scannedAt` is part of the
 * key: another scan makes another list.
 */
export function useIssues(
  orgId: string,
  projectId: string,
  scannedAt: string | undefined,
  { includeHidden, ignored }: { readonly includeHidden: boolean; readonly ignored: boolean },
) {
  return useInfiniteQuery({
    queryKey: ['issues', orgId, projectId, scannedAt, { includeHidden, ignored }],
    queryFn: ({ pageParam, signal }) =>
      readPage(
        `/orgs/${orgId}/issues`,
        Issue,
        {
          'scan_item.id': projectId,
          'scan_item.type': 'project',
          include_hidden: includeHidden,
          ignored: String(ignored),
        },
        pageParam,
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<Issue>) => page.next,
    placeholderData: keepPreviousData,
  });
}

/** One issue with its description and references, which lists leave out. */
export function useIssue(orgId: string, issueId: string) {
  return useQuery({
    queryKey: ['issue', orgId, issueId],
    queryFn: async ({ signal }) =>
      (await read(`/orgs/${orgId}/issues/${issueId}`, documentOf(Issue), signal)).data,
  });
}
