import { Paper, Stack } from '@mantine/core';
import type { Integration, SyncRun } from '@plimsoll/contracts';
import { SyncBar } from '../../components/sync-bar.tsx';
import { syncProgress } from '../../domain/sync-progress.ts';

/** A line with a bar for every sync that is running. */
export function SyncProgress({
  runs,
  integrations,
}: {
  readonly runs: readonly SyncRun[];
  readonly integrations: readonly Integration[];
}) {
  if (runs.length === 0) return null;
  const nameOf = (run: SyncRun) =>
    integrations.find(({ id }) => id === run.relationships.integration.data.id)?.attributes.profile_name;
  return (
    <Stack gap="xs" mb="md" role="status">
      {runs.map((run) => {
        const { sentence, percent } = syncProgress(run);
        return (
          <Paper key={run.id} withBorder px="md" py="sm" fz="sm">
            <b>{nameOf(run) ?? 'A registry'}</b> {sentence}
            <SyncBar percent={percent} />
          </Paper>
        );
      })}
    </Stack>
  );
}
