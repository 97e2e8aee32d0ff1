import type { SyncRun } from '@plimsoll/contracts';
import { useMay } from '../../api/session.ts';
import { useRunAction } from '../../api/sync-actions.ts';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { Notice } from '../../components/notice.tsx';
import { Time } from '../../components/time.tsx';
import { useNow } from '../../components/use-now.ts';
import { counted } from '../../domain/count.ts';
import { useOrgId } from '../../frame/org-context.ts';
import { PrunedList } from './pruned-list.tsx';
import { editReason } from './sync-controls.tsx';
import styles from './sync.module.css';

/** What a run deleted or holds, project by project with the reason, and the decision about it. */
export function Prune({ run, isNewest }: { readonly run: SyncRun; readonly isNewest: boolean }) {
  const { prune, counts } = run.attributes;
  if (!prune) return null;
  return (
    <section className={styles.prune} aria-label="Deletions">
      {prune.state === 'held' && (
        <Notice
          kind="warn"
          title={`${counted(counts.held, 'project')} would be deleted`}
          action={<ConfirmPrune run={run} isNewest={isNewest} />}
        >
          {prune.reason} Nothing is deleted until somebody confirms.
        </Notice>
      )}
      {prune.state === 'confirmed' && <Notice kind="note">The held projects are being deleted.</Notice>}
      {prune.state === 'pruned' && (
        <Notice
          kind="note"
          title={`${counted(counts.pruned, 'project')} deleted`}
          action={<UndoPrune run={run} />}
        >
          {prune.undo_until !== undefined && (
            <>
              Can be undone until <Time at={prune.undo_until} />.
            </>
          )}
        </Notice>
      )}
      {prune.state === 'undoing' && <Notice kind="note">The deleted projects are being restored.</Notice>}
      {prune.state === 'undone' && (
        <Notice kind="note" title={`${counted(counts.restored, 'project')} restored`}>
          No run deletes them before the policy has admitted their images once more.
        </Notice>
      )}
      <PrunedList run={run} />
    </section>
  );
}

function ConfirmPrune({ run, isNewest }: { readonly run: SyncRun; readonly isNewest: boolean }) {
  const mayEdit = useMay('org.integration.edit');
  const confirm = useRunAction(useOrgId(), run.relationships.integration.data.id, run.id, 'prune/confirm');
  const obstacle = isNewest ? undefined : 'A later run has begun; look at what that one decides.';
  const projects = counted(run.attributes.counts.held, 'project');
  return (
    <ConfirmButton
      label="Confirm …"
      title={`Delete ${projects}?`}
      confirm={`Delete ${projects}`}
      failure="The projects could not be deleted"
      action={confirm}
      size="xs"
      obstacle={mayEdit ? obstacle : editReason}
    >
      The projects listed with this run go, with their issues. This can be undone for 7 days; a sync imports
      an image again when the policy admits it.
    </ConfirmButton>
  );
}

function UndoPrune({ run }: { readonly run: SyncRun }) {
  const now = useNow();
  const mayEdit = useMay('org.integration.edit');
  const undo = useRunAction(useOrgId(), run.relationships.integration.data.id, run.id, 'prune/undo');
  const isLate = now > Date.parse(run.attributes.prune?.undo_until ?? '');
  const obstacle = isLate ? 'What a run deleted can be restored for 7 days.' : undefined;
  return (
    <ConfirmButton
      label="Undo …"
      title="Restore what this run deleted?"
      confirm="Restore"
      color="sea"
      failure="The projects could not be restored"
      action={undo}
      size="xs"
      obstacle={mayEdit ? obstacle : editReason}
    >
      The projects come back with their scans. A project whose name is in use again stays deleted.
    </ConfirmButton>
  );
}
