import { documentOf, SyncSchedule } from '@plimsoll/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { read, send } from './client.ts';
import { RequestError } from './request-error.ts';
import { syncKey } from './sync-runs.ts';

/** What a person can do with one run. */
export type RunAction = 'cancel' | 'prune/confirm' | 'prune/undo';

/** Whether the sync of an integration rests, and when it runs next; null while it has no import policy. */
export function useSyncSchedule(orgId: string, integrationId: string) {
  return useQuery({
    queryKey: syncKey(orgId, integrationId, 'schedule'),
    queryFn: async ({ signal }): Promise<SyncSchedule['attributes'] | null> => {
      try {
        const answer = await read(`${pathOf(orgId, integrationId)}/sync`, documentOf(SyncSchedule), signal);
        return answer.data.attributes;
      } catch (error) {
        if (error instanceof RequestError && error.code === 'conflict') return null;
        throw error;
      }
    },
  });
}

/** Starts a sync run now. */
export function useSyncNow(orgId: string, integrationId: string) {
  return useMutation({
    mutationFn: () => send('POST', `${pathOf(orgId, integrationId)}/sync_runs`),
    onSettled: useReadAgain(orgId, integrationId),
  });
}

/** Has the sync of an integration rest (`true`) or go on (`false`). */
export function usePauseSync(orgId: string, integrationId: string) {
  return useMutation({
    mutationFn: (paused: boolean) =>
      send('PATCH', `${pathOf(orgId, integrationId)}/sync`, {
        data: { type: 'sync_schedule', attributes: { paused } },
      }),
    onSettled: useReadAgain(orgId, integrationId),
  });
}

/** Ends a run, or decides about what it deletes. */
export function useRunAction(orgId: string, integrationId: string, runId: string, action: RunAction) {
  return useMutation({
    mutationFn: () => send('POST', `${pathOf(orgId, integrationId)}/sync_runs/${runId}/${action}`),
    onSettled: useReadAgain(orgId, integrationId),
  });
}

/** Has everything about the sync read anew. Also after a failure: "one is running already" is news too. */
function useReadAgain(orgId: string, integrationId: string) {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: syncKey(orgId, integrationId) });
}

function pathOf(orgId: string, integrationId: string): string {
  return `/orgs/${orgId}/integrations/${integrationId}`;
}
