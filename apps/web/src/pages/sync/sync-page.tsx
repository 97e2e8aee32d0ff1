import { Button, Group, Paper, Stack } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useIntegrations } from '../../api/integrations.ts';
import { useSyncSchedule } from '../../api/sync-actions.ts';
import { useSyncRun, useSyncRuns } from '../../api/sync-runs.ts';
import { Failure } from '../../components/failure.tsx';
import { Notice } from '../../components/notice.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { Time } from '../../components/time.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import { PageTitle } from '../page-title.tsx';
import { RunList } from './run-list.tsx';
import { RunView } from './run-view.tsx';
import { SyncControls } from './sync-controls.tsx';

const route = getRouteApi('/frame/registries/$integrationId');

/** The sync of one registry: when it runs, its runs, and one of them step by step. */
export function SyncPage() {
  const orgId = useOrgId();
  const { integrationId } = route.useParams();
  const { run: chosen } = route.useSearch();
  const runs = useSyncRuns(orgId, integrationId);
  const all = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const runId = chosen ?? all[0]?.id;
  const run = useSyncRun(orgId, integrationId, runId);
  const integrations = useIntegrations(orgId);
  const name = integrations.data?.find(({ id }) => id === integrationId)?.attributes.profile_name;
  return (
    <Stack gap="md">
      <PageTitle title={name === undefined ? 'Sync' : `Sync of ${name}`} note={<Schedule />} />
      <Group gap="xs">
        <SyncControls integrationId={integrationId} lastRun={all[0]} />
        <Button
          variant="default"
          renderRoot={(props) => (
            <Link to="/registries/$integrationId/policy" params={{ integrationId }} {...props} />
          )}
        >
          Configure auto-sync
        </Button>
        <Button variant="default" renderRoot={(props) => <Link to="/registries" {...props} />}>
          All registries
        </Button>
      </Group>
      {run.isError && (
        <Failure what="The sync run could not be read" error={run.error} onRetry={run.refetch} />
      )}
      {run.data && <RunView key={run.data.id} run={run.data} isNewest={run.data.id === all[0]?.id} />}
      {runs.isError && (
        <Failure what="The sync runs could not be read" error={runs.error} onRetry={runs.refetch} />
      )}
      {runs.isPending && <NothingYet />}
      {runs.data && all.length === 0 && <Notice kind="note">This registry was never synced.</Notice>}
      {all.length > 0 && (
        <Paper component="section" withBorder p="md" aria-label="Runs">
          <RunList runs={all} integrationId={integrationId} shownId={runId} />
          {runs.hasNextPage && (
            <Button
              variant="default"
              mt="md"
              loading={runs.isFetchingNextPage}
              onClick={() => void runs.fetchNextPage()}
            >
              Older runs
            </Button>
          )}
        </Paper>
      )}
    </Stack>
  );
}

function Schedule() {
  const { integrationId } = route.useParams();
  const schedule = useSyncSchedule(useOrgId(), integrationId);
  if (schedule.data === null) return 'No import policy';
  if (!schedule.data) return null;
  const { paused, paused_at: pausedAt, next_run_at: nextAt } = schedule.data;
  return paused ? (
    <>
      Paused <Time at={pausedAt} />
    </>
  ) : (
    <>
      Next sync <Time at={nextAt} />
    </>
  );
}
