import { ProjectPackage } from '@plimsoll/contracts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type Page, readPage } from './client.ts';

/** The packages of a project's image, page by page. */
export function usePackages(orgId: string, projectId: string, scannedAt: string | undefined) {
  return useInfiniteQuery({
    queryKey: ['packages', orgId, projectId, scannedAt],
    queryFn: ({ pageParam, signal }) =>
      readPage(`/orgs/${orgId}/projects/${projectId}/packages`, ProjectPackage, {}, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<ProjectPackage>) => page.next,
  });
}
