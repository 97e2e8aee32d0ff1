import { Box, Button, Group, Switch } from '@mantine/core';
import { type Issue, type Project, severities } from '@plimsoll/contracts';
import { useMemo } from 'react';
import { useIssues } from '../../api/issues.ts';
import { useWholeList } from '../../api/use-whole-list.ts';
import { ChoiceMenu } from '../../components/choice-menu.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Failure } from '../../components/failure.tsx';
import { CheckIcon, SearchIcon } from '../../components/icons.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { SearchBox } from '../../components/search-box.tsx';
import { SeverityChip } from '../../components/severity-chip.tsx';
import { VirtualRows } from '../../components/virtual-rows.tsx';
import { counted } from '../../domain/count.ts';
import { useOrgId } from '../../frame/org-context.ts';
import type { ImageSearch } from './image-search.ts';
import { selectIssues } from './issue-list.ts';
import { IssueRow } from './issue-row.tsx';
import { ListNote } from './list-note.tsx';
import styles from './issues-tab.module.css';

/** Height of a closed row, pixels. */
const rowHeight = 45;

const severityOptions = severities.map((severity) => ({
  value: severity,
  label: <SeverityChip severity={severity} />,
}));

/** What is vulnerable in an image, worst first. */
export function IssuesTab({
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
  const scannedAt = project.meta.image.scanned_at;
  const query = useIssues(useOrgId(), project.id, scannedAt, search.hidden === true);
  const { items, isReading, isCut } = useWholeList<Issue>(query);
  const shown = useMemo(() => selectIssues(items, search), [items, search]);
  const hiddenCount = project.meta.latest_issue_counts?.hidden ?? 0;
  const isFiltered = search.q !== undefined || search.severity !== undefined || search.fixable !== undefined;
  const clear = () => onChange({ q: undefined, severity: undefined, fixable: undefined });

  return (
    <>
      <Group gap="xs" p="md" role="search">
        <SearchBox
          label="Search id, package or title"
          value={search.q ?? ''}
          onChange={(q) => onChange({ q: q || undefined })}
        />
        <ChoiceMenu
          label="Severity"
          options={severityOptions}
          chosen={search.severity}
          onChange={(severity) => onChange({ severity })}
        />
        <Switch
          label="Fixable only"
          checked={search.fixable === true}
          onChange={(event) => onChange({ fixable: event.currentTarget.checked || undefined })}
        />
        {(hiddenCount > 0 || search.hidden) && (
          <Switch
            label={`Show ${counted(hiddenCount, 'hidden issue')}`}
            title="Rated negligible by the distribution, or of a kernel that an image does not run"
            checked={search.hidden === true}
            onChange={(event) => onChange({ hidden: event.currentTarget.checked || undefined })}
          />
        )}
      </Group>
      {query.isError && (
        <Box px="md" pb="md">
          <Failure
            what="The issues could not be read"
            error={query.error}
            onRetry={items.length > 0 && query.hasNextPage ? query.fetchNextPage : query.refetch}
          />
        </Box>
      )}
      {query.isPending && <NothingYet rows={6} height={34} />}
      {shown.length > 0 && (
        <div role="table" aria-label="Issues" aria-rowcount={shown.length + 1}>
          <div role="rowgroup">
            <div role="row" className={styles.head}>
              <span role="columnheader">Severity</span>
              <span role="columnheader">Id</span>
              <span role="columnheader">Package</span>
              <span role="columnheader">Version</span>
              <span role="columnheader">Fixed in</span>
              <span role="columnheader">Title</span>
              <span role="columnheader">Source</span>
            </div>
          </div>
          <VirtualRows items={shown} keyOf={({ id }) => id} rowHeight={rowHeight}>
            {(issue, index) => (
              <IssueRow
                issue={issue}
                project={project}
                rowNumber={index + 2}
                isOpen={search.open === issue.id}
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
          noun="issue"
          isReading={isReading}
          onMore={isCut ? query.fetchNextPage : undefined}
        />
      )}
      {query.data && !isReading && shown.length === 0 && (
        <>
          {isFiltered ? (
            <EmptyState
              icon={<SearchIcon size={26} />}
              title="No issue matches"
              action={
                <Button variant="light" onClick={clear}>
                  Clear search and filters
                </Button>
              }
            />
          ) : (
            <EmptyState icon={<CheckIcon size={28} />} title="No known issues">
              None of the packages in this image is known to be vulnerable.
            </EmptyState>
          )}
        </>
      )}
    </>
  );
}
