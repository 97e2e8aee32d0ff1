import type { ProjectPackage } from '@plimsoll/contracts';
import { useCallback } from 'react';
import { usePackages } from '../../api/packages.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { ImagesIcon } from '../../components/icons.tsx';
import { NoMatch } from '../../components/no-match.tsx';
import { SearchBox } from '../../components/search-box.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import { ListTab, type TabProps } from './list-tab.tsx';
import { selectPackages } from './package-list.ts';
import { PackageRow } from './package-row.tsx';
import styles from './packages-tab.module.css';
import { SbomMenu } from './sbom-menu.tsx';

const columns = ['Package', 'Version', 'Type', 'Layer', 'Issues'];

/** What is installed in an image, those with the worst issues first. */
export function PackagesTab({ project, search, onChange, onToggle }: TabProps) {
  const query = usePackages(useOrgId(), project.id, project.meta.image.scanned_at);
  const { q } = search;
  const select = useCallback((packages: readonly ProjectPackage[]) => selectPackages(packages, q), [q]);

  return (
    <ListTab
      label="Packages"
      noun="package"
      columns={columns}
      className={styles.packages}
      query={query}
      select={select}
      filters={
        <>
          <SearchBox label="Search packages" value={q} onChange={(q) => onChange({ q })} />
          {project.meta.image.scanned_at !== undefined && <SbomMenu projectId={project.id} />}
        </>
      }
      empty={
        q === undefined ? (
          <EmptyState icon={<ImagesIcon size={26} />} title="No packages were found">
            The image holds no package database or lockfile that the scanner knows.
          </EmptyState>
        ) : (
          <NoMatch noun="package" clearWords="Clear the search" onClear={() => onChange({ q: undefined })} />
        )
      }
    >
      {(found, rowNumber) => (
        <PackageRow
          found={found}
          rowNumber={rowNumber}
          isOpen={search.open === found.id}
          onToggle={onToggle}
        />
      )}
    </ListTab>
  );
}
