import { documentOf, Project } from '@plimsoll/contracts';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type Page, read, readPage } from './client.ts';

/** How often something that is being scanned is looked at again, milliseconds. */
const scanningIntervalMs = 3_000;

/** The tags of a repository, page by page. */
export function useProjectsOf(orgId: string, targetId: string) {
  return useInfiniteQuery({
    queryKey: ['projects', orgId, { targetId }],
    queryFn: ({ pageParam, signal }) =>
      readPage(`/orgs/${orgId}/projects`, Project, { target_id: targetId }, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<Project>) => page.next,
    refetchInterval: ({ state }) =>
      state.data?.pages.length === 1 && state.data.pages[0]?.items.some(isUnderWay)
        ? scanningIntervalMs
        : false,
  });
}

/** One `repository:tag`. */
export function useProject(orgId: string, projectId: string) {
  return useQuery({
    queryKey: ['project', orgId, projectId],
    queryFn: async ({ signal }) =>
      (await read(`/orgs/${orgId}/projects/${projectId}`, documentOf(Project), signal)).data,
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? scanningIntervalMs : false),
  });
}

function isUnderWay(project: Project): boolean {
  const status = project.meta.image.scan_status;
  return status === 'pending' || status === 'scanning';
}
