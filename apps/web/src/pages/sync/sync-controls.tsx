import { Button } from '@mantine/core';
import type { SyncRun } from '@plimsoll/contracts';
import { useMay } from '../../api/session.ts';
import { usePauseSync, useSyncNow, useSyncSchedule } from '../../api/sync-actions.ts';
import { isUnfinished } from '../../api/sync-runs.ts';
import { Failure } from '../../components/failure.tsx';
import { SyncIcon } from '../../components/icons.tsx';
import { useOrgId } from '../../frame/org-context.ts';

/** Why the buttons about a sync cannot be pressed by everybody. */
export const editReason = 'This takes the permission org.integration.edit, which your role has not.';

/** Buttons that run the sync of a registry now, have it rest and have it go on. */
export function SyncControls({
  integrationId,
  lastRun,
}: {
  readonly integrationId: string;
  readonly lastRun: SyncRun | null | undefined;
}) {
  const orgId = useOrgId();
  const mayEdit = useMay('org.integration.edit');
  const schedule = useSyncSchedule(orgId, integrationId);
  const syncNow = useSyncNow(orgId, integrationId);
  const pause = usePauseSync(orgId, integrationId);
  const isPaused = schedule.data?.paused ?? false;
  const isRunning = lastRun ? isUnfinished(lastRun) : false;
  const obstacle = obstacleOf({ mayEdit, hasPolicy: schedule.data !== null, isPaused });
  return (
    <>
      {syncNow.isError && (
        <Failure what="The sync could not be started" error={syncNow.error} onRetry={syncNow.mutate} />
      )}
      {pause.isError && (
        <Failure
          what={isPaused ? 'The sync could not be resumed' : 'The sync could not be paused'}
          error={pause.error}
        />
      )}
      <Button
        leftSection={<SyncIcon />}
        loading={syncNow.isPending}
        disabled={isRunning || obstacle !== undefined}
        title={obstacle}
        onClick={() => syncNow.mutate()}
      >
        {isRunning && !isPaused ? 'Sync is running' : 'Sync now'}
      </Button>
      {schedule.data && (
        <Button
          variant="default"
          loading={pause.isPending}
          disabled={!mayEdit}
          title={mayEdit ? undefined : editReason}
          onClick={() => pause.mutate(!isPaused)}
        >
          {isPaused ? 'Resume sync' : 'Pause sync'}
        </Button>
      )}
    </>
  );
}

function obstacleOf(sync: {
  readonly mayEdit: boolean;
  readonly hasPolicy: boolean;
  readonly isPaused: boolean;
}): string | undefined {
  if (!sync.mayEdit) return editReason;
  if (!sync.hasPolicy) return 'The registry has no import policy yet.';
  return sync.isPaused ? 'The sync rests; resume it first.' : undefined;
}
