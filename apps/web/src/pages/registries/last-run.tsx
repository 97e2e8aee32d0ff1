import type { SyncRun } from '@plimsoll/contracts';
import { isUnfinished } from '../../api/sync-runs.ts';
import { Notice } from '../../components/notice.tsx';
import { SyncBar } from '../../components/sync-bar.tsx';
import { Time } from '../../components/time.tsx';
import { Warnings } from '../../components/warnings.tsx';
import { counted, grouping } from '../../domain/count.ts';
import { syncProgress } from '../../domain/sync-progress.ts';
import styles from './last-run.module.css';

/** What the last sync did or is doing, in numbers, and what went wrong. */
export function LastRun({ run }: { readonly run: SyncRun }) {
  const { status, started_at, finished_at, listing_complete, counts, warnings, error_message } =
    run.attributes;
  const { sentence, percent } = syncProgress(run);
  return (
    <div className={styles.run}>
      {isUnfinished(run) ? (
        <div role="status">
          This registry {sentence} Started <Time at={started_at} />.
          <SyncBar percent={percent} />
        </div>
      ) : (
        <div>
          {status === 'failed' ? <b className={styles.failed}>Failed</b> : 'Completed'}{' '}
          <Time at={finished_at ?? started_at} />
        </div>
      )}
      <dl className={styles.counts}>
        <Count name="Repositories" count={counts.repositories} />
        <Count name="Tags" count={counts.tags} />
        <Count name="New" count={counts.to_import} />
        <Count name="Scanned" count={counts.scans_finished} />
        <Count name="Failed" count={counts.scans_failed} isBad={counts.scans_failed > 0} />
        <Count name="Removed" count={counts.pruned} />
      </dl>
      {error_message && <Notice kind="bad">{error_message}</Notice>}
      {listing_complete === false && (
        <Notice kind="warn">Not all of the registry could be listed, so nothing was removed.</Notice>
      )}
      {warnings.length > 0 && <Warnings title={counted(warnings.length, 'warning')} warnings={warnings} />}
    </div>
  );
}

function Count({
  name,
  count,
  isBad = false,
}: {
  readonly name: string;
  readonly count: number;
  readonly isBad?: boolean;
}) {
  return (
    <div data-bad={isBad || undefined}>
      <dt>{name}</dt>
      <dd>{grouping(count)}</dd>
    </div>
  );
}
