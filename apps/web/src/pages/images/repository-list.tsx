import { Loader } from '@mantine/core';
import type { Integration, Target } from '@plimsoll/contracts';
import { RowTable } from '../../components/row-table.tsx';
import styles from './repository-list.module.css';
import { RepositoryRow } from './repository-row.tsx';

const columns = ['Repository', 'Tags', 'Worst tag', 'Newest push', 'Registry'];

/** Height of a closed row with its line, pixels. */
const rowHeight = 61;

/** Repositories as rows; reads on when the end comes near. */
export function RepositoryList({
  targets,
  integrations,
  openIds,
  onToggle,
  onMore,
}: {
  readonly targets: readonly Target[];
  readonly integrations: readonly Integration[];
  readonly openIds: readonly string[];
  readonly onToggle: (id: string) => void;
  /** Reads more rows; undefined when there are no more. */
  readonly onMore: (() => unknown) | undefined;
}) {
  return (
    <>
      <RowTable
        label="Repositories"
        columns={columns}
        className={styles.repositories}
        items={targets}
        rowHeight={rowHeight}
        onMore={onMore}
      >
        {(target, rowNumber) => (
          <RepositoryRow
            target={target}
            rowNumber={rowNumber}
            registryName={nameOf(integrations, target)}
            isOpen={openIds.includes(target.id)}
            onToggle={onToggle}
          />
        )}
      </RowTable>
      {onMore && (
        <div className={styles.more} role="status">
          <Loader size="xs" /> Reading more repositories
        </div>
      )}
    </>
  );
}

function nameOf(integrations: readonly Integration[], target: Target): string | undefined {
  const id = target.relationships.integration.data.id;
  return integrations.find((integration) => integration.id === id)?.attributes.profile_name;
}
