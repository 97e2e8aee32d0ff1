import { Box, Button, Group } from '@mantine/core';
import type { Project, ProjectPackage } from '@plimsoll/contracts';
import { useMemo } from 'react';
import { usePackages } from '../../api/packages.ts';
import { useWholeList } from '../../api/use-whole-list.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { Failure } from '../../components/failure.tsx';
import { ImagesIcon, SearchIcon } from '../../components/icons.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { SearchBox } from '../../components/search-box.tsx';
import { VirtualRows } from '../../components/virtual-rows.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import type { ImageSearch } from './image-search.ts';
import { ListNote } from './list-note.tsx';
import { selectPackages } from './package-list.ts';
import { PackageRow } from './package-row.tsx';
import styles from './packages-tab.module.css';

/** Height of a closed row, pixels. */
const rowHeight = 45;

/** What is installed in an image, those with the worst issues first. */
export function PackagesTab({
  project,
  search,
  onChange,
  onToggle,
}: {
  readonly project: Project;
  readonly search: ImageSearch;
  readonly onChange: (change: ImageSearch) => void;
  readonly onToggle: (id: string) => void;
}) {
  const query = usePackages(useOrgId(), project.id, project.meta.image.scanned_at);
  const { items, isReading, isCut } = useWholeList<ProjectPackage>(query);
  const shown = useMemo(() => selectPackages(items, search.q), [items, search.q]);

  return (
    <>
      <Group p="md" role="search">
        <SearchBox
          label="Search packages"
          value={search.q ?? ''}
          onChange={(q) => onChange({ q: q || undefined })}
        />
      </Group>
      {query.isError && (
        <Box px="md" pb="md">
          <Failure
            what="The packages could not be read"
            error={query.error}
            onRetry={items.length > 0 && query.hasNextPage ? query.fetchNextPage : query.refetch}
          />
        </Box>
      )}
      {query.isPending && <NothingYet rows={6} height={34} />}
      {shown.length > 0 && (
        <div role="table" aria-label="Packages" aria-rowcount={shown.length + 1}>
          <div role="rowgroup">
            <div role="row" className={styles.head}>
              <span role="columnheader">Package</span>
              <span role="columnheader">Version</span>
              <span role="columnheader">Type</span>
              <span role="columnheader">Layer</span>
              <span role="columnheader">Issues</span>
            </div>
          </div>
          <VirtualRows items={shown} keyOf={({ id }) => id} rowHeight={rowHeight}>
            {(found, index) => (
              <PackageRow
                found={found}
                rowNumber={index + 2}
                isOpen={search.open === found.id}
                onToggle={onToggle}
              />
            )}
          </VirtualRows>
        </div>
      )}
      {query.data && (
        <ListNote
          shown={shown.length}
          read={items.length}
          noun="package"
          isReading={isReading}
          onMore={isCut ? query.fetchNextPage : undefined}
        />
      )}
      {query.data && !isReading && shown.length === 0 && (
        <>
          {search.q === undefined ? (
            <EmptyState icon={<ImagesIcon size={26} />} title="No packages were found">
              The image holds no package database or lockfile that the scanner knows.
            </EmptyState>
          ) : (
            <EmptyState
              icon={<SearchIcon size={26} />}
              title="No package matches"
              action={
                <Button variant="light" onClick={() => onChange({ q: undefined })}>
                  Clear the search
                </Button>
              }
            />
          )}
        </>
      )}
    </>
  );
}
