import type { ProjectPackage } from '@plimsoll/contracts';
import { memo } from 'react';
import { RowToggle } from '../../components/row-toggle.tsx';
import { SeverityBar } from '../../components/severity-bar.tsx';
import { TableRow } from '../../components/table-row.tsx';
import { totalOf } from '../../domain/severity.ts';
import { PackageOrigin } from './package-origin.tsx';
import styles from './packages-tab.module.css';

const evidenceWords = {
  installed: 'installed',
  declared: 'declared in a lockfile',
  binary: 'linked into a binary',
  sbom: 'claimed by an SBOM',
} as const;

/** A package as one row, and below it, when open, where it lies. */
export const PackageRow = memo(function PackageRow({
  found,
  rowNumber,
  isOpen,
  onToggle,
}: {
  readonly found: ProjectPackage;
  readonly rowNumber: number;
  readonly isOpen: boolean;
  readonly onToggle: (id: string) => void;
}) {
  const { name, version, type, layer_index, layer_created_by, issue_counts } = found.attributes;
  return (
    <TableRow rowNumber={rowNumber} detail={isOpen && <PackageDetail of={found} />}>
      <span role="cell">
        <RowToggle name={name} isOpen={isOpen} onClick={() => onToggle(found.id)} />
      </span>
      <span role="cell" className={styles.version} title={version}>
        {version}
      </span>
      <span role="cell" className={styles.quiet}>
        {type}
      </span>
      <span role="cell" className={styles.quiet} title={layer_created_by}>
        {layer_index < 0 ? '–' : layer_index + 1}
        {layer_created_by && ` · ${layer_created_by}`}
      </span>
      <span role="cell">
        {totalOf(issue_counts) > 0 ? (
          <SeverityBar counts={issue_counts} />
        ) : (
          <span className={styles.quiet}>none</span>
        )}
      </span>
    </TableRow>
  );
});

function PackageDetail({ of }: { readonly of: ProjectPackage }) {
  const { purl, evidence, arch, source_name } = of.attributes;
  return (
    <div className={styles.detail}>
      <code>{purl}</code>
      <p>
        {evidenceWords[evidence]}
        {arch && `, for ${arch}`}
        {source_name && `, built from the source package ${source_name}`}
      </p>
      <PackageOrigin of={of} />
    </div>
  );
}
