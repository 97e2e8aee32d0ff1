import { Group, Paper } from '@mantine/core';
import type { SyncRun } from '@plimsoll/contracts';
import { useMay } from '../../api/session.ts';
import { useRunAction } from '../../api/sync-actions.ts';
import { isUnfinished } from '../../api/sync-runs.ts';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { Notice } from '../../components/notice.tsx';
import { SyncBar } from '../../components/sync-bar.tsx';
import { Time } from '../../components/time.tsx';
import { Warnings } from '../../components/warnings.tsx';
import { counted } from '../../domain/count.ts';
import { syncProgress } from '../../domain/sync-progress.ts';
import { useOrgId } from '../../frame/org-context.ts';
import { ImageReasons } from './image-reasons.tsx';
import { Prune } from './prune.tsx';
import { RunSteps } from './run-steps.tsx';
import { statusName } from './run-list.tsx';
import { editReason } from './sync-controls.tsx';
import styles from './sync.module.css';

/** One run: its steps with their numbers, what went wrong, what it deletes, and what a person can do about it. */
export function RunView({ run, isNewest }: { readonly run: SyncRun; readonly isNewest: boolean }) {
  const { started_at, finished_at, error_message, repository_errors, warnings } = run.attributes;
  const failed = new Set(repository_errors.map(({ repository }) => `${repository}: `));
  // A repository that could not be listed is told once, not among the warnings again.
  const others = warnings.filter((warning) => ![...failed].some((start) => warning.startsWith(start)));
  return (
    <Paper component="section" withBorder className={styles.run} aria-label="Sync run">
      <Group justify="space-between" gap="xs">
        <div role="status">
          <b>{statusName(run)}</b>, started <Time at={started_at} />
          {finished_at !== undefined && (
            <>
              , ended <Time at={finished_at} />
            </>
          )}
        </div>
        {isUnfinished(run) && <CancelRun run={run} />}
      </Group>
      {isUnfinished(run) && <SyncBar percent={syncProgress(run).percent} />}
      {error_message !== undefined && <Notice kind="bad">{error_message}</Notice>}
      <RunSteps run={run} />
      {repository_errors.length > 0 && (
        <Warnings
          title={`${counted(repository_errors.length, 'repository', 'repositories')} could not be listed; nothing of them is deleted`}
          warnings={repository_errors.map(({ repository, message }) => `${repository}: ${message}`)}
        />
      )}
      {others.length > 0 && <Warnings title={counted(others.length, 'warning')} warnings={others} />}
      <Prune run={run} isNewest={isNewest} />
      {isNewest && !isUnfinished(run) && <ImageReasons run={run} />}
    </Paper>
  );
}

function CancelRun({ run }: { readonly run: SyncRun }) {
  const mayEdit = useMay('org.integration.edit');
  const integrationId = run.relationships.integration.data.id;
  const cancel = useRunAction(useOrgId(), integrationId, run.id, 'cancel');
  return (
    <ConfirmButton
      label="Cancel this run"
      title="Cancel this run?"
      confirm="Cancel the run"
      failure="The run could not be cancelled"
      action={cancel}
      size="xs"
      obstacle={mayEdit ? undefined : editReason}
    >
      What the run has done stays. Scans that no agent has taken are not asked for; the next run asks again.
    </ConfirmButton>
  );
}
