import { Button } from '@mantine/core';
import type { PrunedProject, SyncRun } from '@plimsoll/contracts';
import { usePruned } from '../../api/sync-runs.ts';
import { Failure } from '../../components/failure.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { useOrgId } from '../../frame/org-context.ts';

const stateNames: Readonly<Record<PrunedProject['attributes']['state'], string>> = {
  held: 'held',
  pruned: 'deleted',
  restored: 'restored',
  replaced: 'not restored: its name has another project',
  left: 'not deleted: somebody wanted to keep it',
};

/** The projects that a run deleted or holds, each with the reason. */
export function PrunedList({ run }: { readonly run: SyncRun }) {
  const pruned = usePruned(useOrgId(), run.relationships.integration.data.id, run);
  const projects = pruned.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {pruned.isError && (
        <Failure what="The deletions could not be read" error={pruned.error} onRetry={pruned.refetch} />
      )}
      {projects.length > 0 && (
        <PlainTable label="Deleted projects" columns={['Project', 'Reason', 'State']}>
          {projects.map(({ id, attributes }) => (
            <tr key={id}>
              <td>{attributes.name}</td>
              <td>{attributes.reason}</td>
              <td>{stateNames[attributes.state]}</td>
            </tr>
          ))}
        </PlainTable>
      )}
      {pruned.hasNextPage && (
        <Button
          size="xs"
          variant="default"
          mt="xs"
          loading={pruned.isFetchingNextPage}
          onClick={() => void pruned.fetchNextPage()}
        >
          More projects
        </Button>
      )}
    </>
  );
}
