import type { Target } from '@plimsoll/contracts';
import { memo } from 'react';
import { ChevronIcon } from '../../components/icons.tsx';
import { RowToggle } from '../../components/row-toggle.tsx';
import { SeverityBar } from '../../components/severity-bar.tsx';
import { TableRow } from '../../components/table-row.tsx';
import { Time } from '../../components/time.tsx';
import { counted, grouping } from '../../domain/count.ts';
import { registryNames } from '../../domain/registry-names.ts';
import styles from './repository-list.module.css';
import { TagList } from './tag-list.tsx';

/** A repository as one row, and below it, when open, its tags. */
export const RepositoryRow = memo(function RepositoryRow({
  target,
  rowNumber,
  registryName,
  isOpen,
  onToggle,
}: {
  readonly target: Target;
  readonly rowNumber: number;
  readonly registryName: string | undefined;
  readonly isOpen: boolean;
  readonly onToggle: (id: string) => void;
}) {
  const { meta, attributes, relationships } = target;
  const product = registryNames[relationships.integration.data.attributes.integration_type];
  const failed = meta.scan_statuses.failed;
  return (
    <TableRow
      rowNumber={rowNumber}
      detail={isOpen && <TagList targetId={target.id} repository={attributes.display_name} />}
    >
      <span role="cell">
        <RowToggle
          name={attributes.display_name}
          isOpen={isOpen}
          icon={<ChevronIcon />}
          onClick={() => onToggle(target.id)}
        />
      </span>
      <span role="cell" className={`numbers ${styles.quiet}`}>
        {counted(meta.project_count, 'tag')}
        {failed > 0 && <span className={styles.failed}>{grouping(failed)} failed</span>}
      </span>
      <span role="cell">
        {meta.worst_project ? (
          <SeverityBar counts={meta.worst_project.issue_counts} />
        ) : (
          <span className={styles.state}>
            {isUnderWay(target) ? 'Not scanned yet' : 'Could not be scanned'}
          </span>
        )}
      </span>
      <span role="cell" className={styles.quiet}>
        <Time at={meta.newest_pushed_at} />
      </span>
      <span role="cell" className={styles.quiet} title={product}>
        {registryName ?? product}
      </span>
    </TableRow>
  );
});

function isUnderWay({ meta: { scan_statuses: statuses } }: Target): boolean {
  return statuses.pending + statuses.scanning > 0;
}
