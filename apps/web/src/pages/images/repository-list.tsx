import { Loader } from '@mantine/core';
import type { Integration, Target } from '@plimsoll/contracts';
import { VirtualRows } from '../../components/virtual-rows.tsx';
import styles from './repository-list.module.css';
import { RepositoryRow } from './repository-row.tsx';

/** Height of a closed row, pixels. */
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
    <div role="table" aria-label="Repositories" aria-rowcount={onMore ? -1 : targets.length + 1}>
      <div role="rowgroup">
        <div role="row" className={styles.head}>
          <span role="columnheader">Repository</span>
          <span role="columnheader">Tags</span>
          <span role="columnheader">Worst tag</span>
          <span role="columnheader">Newest push</span>
          <span role="columnheader">Registry</span>
        </div>
      </div>
      <VirtualRows items={targets} keyOf={({ id }) => id} rowHeight={rowHeight} onNearEnd={onMore}>
        {(target, index) => (
          <RepositoryRow
            target={target}
            rowNumber={index + 2}
            registryName={nameOf(integrations, target)}
            isOpen={openIds.includes(target.id)}
            onToggle={onToggle}
          />
        )}
      </VirtualRows>
      {onMore && (
        <div className={styles.more} role="status">
          <Loader size="xs" /> Reading more repositories
        </div>
      )}
    </div>
  );
}

function nameOf(integrations: readonly Integration[], target: Target): string | undefined {
  const id = target.relationships.integration.data.id;
  return integrations.find((integration) => integration.id === id)?.attributes.profile_name;
}
