import { documentOf, ImageVerdict, PrunedProject, SyncRun } from '@plimsoll/contracts';
import { queryOptions, useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { type Page, read, readPage } from './client.ts';

/** How often a run is looked at while it works, milliseconds. */
const runningIntervalMs = 2_000;

/** How often the page looks whether a run has begun, milliseconds. */
const restingIntervalMs = 30_000;

/** The last sync run of an integration; null when it never ran. */
export function useLastSyncRun(orgId: string, integrationId: string) {
  return useQuery(lastRunOf(orgId, integrationId));
}

/** The runs that are working now, of several integrations. */
export function useRunningSyncs(orgId: string, integrationIds: readonly string[]): SyncRun[] {
  return useQueries({
    queries: integrationIds.map((id) => lastRunOf(orgId, id)),
    combine: (results) => results.flatMap(({ data }) => (data && isUnfinished(data) ? [data] : [])),
  });
}

/** The runs of an integration, newest first, page by page. */
export function useSyncRuns(orgId: string, integrationId: string) {
  return useInfiniteQuery({
    queryKey: syncKey(orgId, integrationId, 'runs'),
    queryFn: ({ pageParam, signal }) =>
      readPage(pathOf(orgId, integrationId), SyncRun, { limit: 20 }, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<SyncRun>) => page.next,
    refetchInterval: ({ state }) => intervalFor(state.data?.pages[0]?.items[0]),
  });
}

/** One run; nothing is asked while `runId` is undefined. */
export function useSyncRun(orgId: string, integrationId: string, runId: string | undefined) {
  return useQuery({
    queryKey: syncKey(orgId, integrationId, 'run', runId),
    queryFn: async ({ signal }) => {
      const answer = await read(`${pathOf(orgId, integrationId)}/${runId}`, documentOf(SyncRun), signal);
      return answer.data;
    },
    enabled: runId !== undefined,
    refetchInterval: ({ state }) => intervalFor(state.data),
  });
}

/** Projects that a run deleted or holds, by name, page by page; read again when the run's counts have changed. */
export function usePruned(orgId: string, integrationId: string, run: SyncRun) {
  const { held, pruned, restored } = run.attributes.counts;
  return useInfiniteQuery({
    queryKey: syncKey(orgId, integrationId, 'pruned', run.id, held, pruned, restored),
    queryFn: ({ pageParam, signal }) =>
      readPage(`${pathOf(orgId, integrationId)}/${run.id}/prune`, PrunedProject, {}, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<PrunedProject>) => page.next,
  });
}

/** Why the newest run admitted or left out each image, by name, page by page. */
export function useImageReasons(
  orgId: string,
  integrationId: string,
  runId: string,
  filter: { readonly repository?: string; readonly admitted?: string },
) {
  return useInfiniteQuery({
    queryKey: syncKey(orgId, integrationId, 'images', runId, filter),
    queryFn: ({ pageParam, signal }) =>
      readPage(
        `${pathOf(orgId, integrationId)}/${runId}/images`,
        ImageVerdict,
        { ...filter, limit: 50 },
        pageParam,
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<ImageVerdict>) => page.next,
  });
}

/** Whether a run is still working. */
export function isUnfinished(run: SyncRun): boolean {
  return !['completed', 'failed', 'cancelled'].includes(run.attributes.status);
}

/** The name in the cache of what is known of an integration's sync; everything of it begins alike. */
export function syncKey(orgId: string, integrationId: string, ...rest: readonly unknown[]) {
  return ['sync', orgId, integrationId, ...rest];
}

function lastRunOf(orgId: string, integrationId: string) {
  return queryOptions({
    queryKey: syncKey(orgId, integrationId, 'last'),
    queryFn: async ({ signal }): Promise<SyncRun | null> => {
      const page = await readPage(pathOf(orgId, integrationId), SyncRun, { limit: 10 }, undefined, signal);
      return page.items[0] ?? null;
    },
    refetchInterval: ({ state }) => intervalFor(state.data ?? undefined),
  });
}

function intervalFor(run: SyncRun | undefined): number {
  const isMoving = run !== undefined && (isUnfinished(run) || isDeciding(run));
  return isMoving ? runningIntervalMs : restingIntervalMs;
}

/** Whether a deletion or its undoing is under way. */
function isDeciding({ attributes }: SyncRun): boolean {
  return attributes.prune?.state === 'confirmed' || attributes.prune?.state === 'undoing';
}

function pathOf(orgId: string, integrationId: string): string {
  return `/orgs/${orgId}/integrations/${integrationId}/sync_runs`;
}
