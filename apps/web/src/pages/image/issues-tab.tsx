import { Switch } from '@mantine/core';
import type { Issue } from '@plimsoll/contracts';
import { useCallback } from 'react';
import { useIssues } from '../../api/issues.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { CheckIcon } from '../../components/icons.tsx';
import { NoMatch } from '../../components/no-match.tsx';
import { SearchBox } from '../../components/search-box.tsx';
import { SeverityFilter } from '../../components/severity-filter.tsx';
import { counted } from '../../domain/count.ts';
import { useOrgId } from '../../frame/org-context.ts';
import type { ImageSearch } from './image-search.ts';
import { selectIssues } from './issue-list.ts';
import { IssueRow } from './issue-row.tsx';
import { ListTab, type TabProps } from './list-tab.tsx';
import styles from './issues-tab.module.css';

const columns = ['Severity', 'Priority', 'Id', 'Package', 'Version', 'Fixed in', 'Title', 'Source'];

const noFilters = {
  q: undefined,
  severity: undefined,
  fixable: undefined,
  exploited: undefined,
  ignored: undefined,
} satisfies ImageSearch;

/** What is vulnerable in an image, worst first. */
export function IssuesTab({ project, search, onChange, onToggle }: TabProps) {
  const scannedAt = project.meta.image.scanned_at;
  const query = useIssues(useOrgId(), project.id, scannedAt, {
    includeHidden: search.hidden === true,
    ignored: search.ignored === true,
  });
  const select = useCallback((issues: readonly Issue[]) => selectIssues(issues, search), [search]);
  const isFiltered = Object.keys(noFilters).some((name) => search[name as keyof ImageSearch] !== undefined);

  return (
    <ListTab
      label="Issues"
      noun="issue"
      columns={columns}
      className={styles.issues}
      query={query}
      select={select}
      filters={
        <IssueFilters
          search={search}
          hiddenCount={project.meta.latest_issue_counts?.hidden ?? 0}
          ignoredCount={project.meta.latest_issue_counts?.ignored ?? 0}
          onChange={onChange}
        />
      }
      empty={
        isFiltered ? (
          <NoMatch noun="issue" onClear={() => onChange(noFilters)} />
        ) : (
          <EmptyState icon={<CheckIcon size={28} />} title="No known issues">
            None of the packages in this image is known to be vulnerable.
          </EmptyState>
        )
      }
    >
      {(issue, rowNumber) => (
        <IssueRow
          issue={issue}
          project={project}
          rowNumber={rowNumber}
          isOpen={search.open === issue.id}
          onToggle={onToggle}
        />
      )}
    </ListTab>
  );
}

function IssueFilters({
  search,
  hiddenCount,
  ignoredCount,
  onChange,
}: {
  readonly search: ImageSearch;
  readonly hiddenCount: number;
  readonly ignoredCount: number;
  readonly onChange: (change: ImageSearch) => void;
}) {
  return (
    <>
      <SearchBox label="Search id, package or title" value={search.q} onChange={(q) => onChange({ q })} />
      <SeverityFilter chosen={search.severity} onChange={(severity) => onChange({ severity })} />
      <Switch
        label="Fixable only"
        checked={search.fixable === true}
        onChange={(event) => onChange({ fixable: event.currentTarget.checked || undefined })}
      />
      <Switch
        label="Exploited only"
        title="In CISA's catalogue of vulnerabilities that are known to be exploited"
        checked={search.exploited === true}
        onChange={(event) => onChange({ exploited: event.currentTarget.checked || undefined })}
      />
      <Switch
        label="By priority"
        title="Severity, exploitation, fix and reach together, instead of severity alone"
        checked={search.sort === 'priority'}
        onChange={(event) => onChange({ sort: event.currentTarget.checked ? 'priority' : undefined })}
      />
      {(hiddenCount > 0 || search.hidden) && (
        <Switch
          label={`Show ${counted(hiddenCount, 'hidden issue')}`}
          title="Rated negligible by the distribution, of a kernel that an image does not run, or not affected according to VEX"
          checked={search.hidden === true}
          onChange={(event) => onChange({ hidden: event.currentTarget.checked || undefined })}
        />
      )}
      {(ignoredCount > 0 || search.ignored) && (
        <Switch
          label={`Only ${counted(ignoredCount, 'ignored issue')}`}
          title="Somebody decided that they need no attention; they count nowhere else"
          checked={search.ignored === true}
          onChange={(event) => onChange({ ignored: event.currentTarget.checked || undefined })}
        />
      )}
    </>
  );
}
