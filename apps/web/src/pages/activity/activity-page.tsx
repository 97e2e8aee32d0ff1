import { Button, NativeSelect, Paper } from '@mantine/core';
import { auditEvents } from '@plimsoll/contracts';
import { getRouteApi } from '@tanstack/react-router';
import { useAuditLog } from '../../api/audit-log.ts';
import { Failure } from '../../components/failure.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import { PageTitle } from '../page-title.tsx';
import { ActivityEntry } from './activity-entry.tsx';
import styles from './activity.module.css';

const route = getRouteApi('/frame/activity');

/** What was changed in the organization, by whom, when and from where. */
export function ActivityPage() {
  const { event } = route.useSearch();
  const navigate = route.useNavigate();
  const log = useAuditLog(useOrgId(), event);
  const entries = log.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageTitle title="Activity" />
      <NativeSelect
        aria-label="Kind of change"
        className={styles.filter}
        value={event ?? ''}
        data={[{ value: '', label: 'All changes' }, ...auditEvents]}
        onChange={({ currentTarget: { value } }) =>
          void navigate({ search: value === '' ? {} : { event: value }, replace: true })
        }
      />
      {log.isError && (
        <Failure what="The audit log could not be read" error={log.error} onRetry={log.refetch} />
      )}
      {log.isPending && <NothingYet />}
      {log.data && entries.length === 0 && <p>Nothing was changed in the last 90 days.</p>}
      {entries.length > 0 && (
        <Paper withBorder>
          <table className={styles.table} aria-label="Changes">
            <thead>
              <tr>
                <th>When</th>
                <th>Who</th>
                <th>What</th>
                <th>From</th>
              </tr>
            </thead>
            {entries.map((entry, index) => (
              // An entry has no id, and new ones come only with a new reading.
              // oxlint-disable-next-line no-array-index-key
              <ActivityEntry key={`${entry.created}-${index}`} entry={entry} />
            ))}
          </table>
        </Paper>
      )}
      {log.hasNextPage && (
        <Button
          variant="default"
          mt="md"
          loading={log.isFetchingNextPage}
          onClick={() => void log.fetchNextPage()}
        >
          Older changes
        </Button>
      )}
    </>
  );
}
