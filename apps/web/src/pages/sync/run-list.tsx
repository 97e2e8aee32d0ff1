import type { SyncRun } from '@plimsoll/contracts';
import { Link } from '@tanstack/react-router';
import { PlainTable } from '../../components/plain-table.tsx';
import { Time } from '../../components/time.tsx';
import { grouping } from '../../domain/count.ts';

const statusNames: Readonly<Record<SyncRun['attributes']['status'], string>> = {
  pending: 'About to begin',
  listing: 'Listing',
  scanning: 'Scanning',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** What a run's status is called. */
export function statusName(run: SyncRun): string {
  return statusNames[run.attributes.status];
}

/** The runs of a registry, newest first, each with its numbers; one of them is shown. */
export function RunList({
  runs,
  integrationId,
  shownId,
}: {
  readonly runs: readonly SyncRun[];
  readonly integrationId: string;
  readonly shownId: string | undefined;
}) {
  return (
    <PlainTable
      label="Sync runs"
      columns={['Started', 'State', 'New', 'Scans failed', 'Deleted', 'Held', 'Warnings']}
    >
      {runs.map((run) => {
        const { started_at: startedAt, counts, warnings } = run.attributes;
        return (
          <tr key={run.id} aria-current={run.id === shownId ? 'true' : undefined}>
            <td>
              <Link to="/registries/$integrationId" params={{ integrationId }} search={{ run: run.id }}>
                <Time at={startedAt} />
              </Link>
            </td>
            <td>{statusName(run)}</td>
            <td>{grouping(counts.to_import)}</td>
            <td>{grouping(counts.scans_failed)}</td>
            <td>{grouping(counts.pruned)}</td>
            <td>{grouping(counts.held)}</td>
            <td>{grouping(warnings.length)}</td>
          </tr>
        );
      })}
    </PlainTable>
  );
}
