import { SyncRun } from '@plimsoll/contracts';
import { queryOptions, useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { readPage, send } from './client.ts';

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

/** Whether a run is still working. */
export function isUnfinished(run: SyncRun): boolean {
  return !['completed', 'failed', 'cancelled'].includes(run.attributes.status);
}

/** Starts a sync run now. */
export function useSyncNow(orgId: string, integrationId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      send('POST', `/orgs/${orgId}/integrations/${integrationId}/sync_runs`, {
        data: { type: 'sync_run', attributes: {} },
      }),
    // Also after a failure: "one is running already" is news too.
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['sync-run', orgId, integrationId] }),
  });
}

function lastRunOf(orgId: string, integrationId: string) {
  return queryOptions({
    queryKey: ['sync-run', orgId, integrationId],
    queryFn: async ({ signal }): Promise<SyncRun | null> => {
      const page = await readPage(
        `/orgs/${orgId}/integrations/${integrationId}/sync_runs`,
        SyncRun,
        { limit: 10 },
        undefined,
        signal,
      );
      return newest(page.items) ?? null;
    },
    refetchInterval: ({ state }) =>
      state.data && isUnfinished(state.data) ? runningIntervalMs : restingIntervalMs,
  });
}

function newest(runs: readonly SyncRun[]): SyncRun | undefined {
  const startOf = (run: SyncRun) => Date.parse(run.attributes.started_at);
  return runs.toSorted((a, b) => startOf(b) - startOf(a))[0];
}
