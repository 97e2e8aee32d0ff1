import { Alert, List, Progress, Spoiler } from '@mantine/core';
import type { SyncRun } from '@plimsoll/contracts';
import { isUnfinished } from '../../api/sync-runs.ts';
import { AlertIcon } from '../../components/icons.tsx';
import { Time } from '../../components/time.tsx';
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
          <Progress
            mt={8}
            size="sm"
            value={percent ?? 100}
            animated={percent === undefined}
            striped={percent === undefined}
            aria-label="Progress of the sync"
          />
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
      {error_message && (
        <Alert color="red" variant="light" icon={<AlertIcon size={18} />}>
          {error_message}
        </Alert>
      )}
      {listing_complete === false && (
        <Alert color="yellow" variant="light" icon={<AlertIcon size={18} />}>
          Not all of the registry could be listed, so nothing was removed.
        </Alert>
      )}
      {warnings.length > 0 && (
        <Alert
          color="yellow"
          variant="light"
          icon={<AlertIcon size={18} />}
          title={counted(warnings.length, 'warning')}
        >
          <Spoiler maxHeight={72} showLabel="Show all" hideLabel="Show less">
            <List size="sm">
              {warnings.map((warning) => (
                <List.Item key={warning}>{warning}</List.Item>
              ))}
            </List>
          </Spoiler>
        </Alert>
      )}
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
