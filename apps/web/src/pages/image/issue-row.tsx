import type { Issue, Project } from '@plimsoll/contracts';
import { memo } from 'react';
import { RowToggle } from '../../components/row-toggle.tsx';
import { SeverityChip } from '../../components/severity-chip.tsx';
import { TableRow } from '../../components/table-row.tsx';
import { fixWords } from './fix-words.ts';
import { IssueDetail } from './issue-detail.tsx';
import { packagesOf, priorityOf, sourcesOf } from './issue-list.ts';
import styles from './issues-tab.module.css';

/** An issue as one row, and below it, when open, all that is known of it. */
export const IssueRow = memo(function IssueRow({
  issue,
  project,
  rowNumber,
  isOpen,
  onToggle,
}: {
  readonly issue: Issue;
  readonly project: Project;
  readonly rowNumber: number;
  readonly isOpen: boolean;
  readonly onToggle: (id: string) => void;
}) {
  const { key, title, effective_severity_level: severity, known_exploited: exploited } = issue.attributes;
  const packages = packagesOf(issue);
  const names = [...new Set(packages.map(({ package_name }) => package_name))].join(', ');
  const versions = [...new Set(packages.map(({ package_version }) => package_version))].join(', ');
  const sources = sourcesOf(issue).join(', ');
  const fix = fixWords(issue);
  const priority = priorityOf(issue);
  return (
    <TableRow rowNumber={rowNumber} detail={isOpen && <IssueDetail issue={issue} project={project} />}>
      <span role="cell">
        <SeverityChip severity={severity} />
      </span>
      <span role="cell" className={styles.priority} title={`Priority ${priority} of 1000`}>
        {priority}
      </span>
      <span role="cell" className={styles.id}>
        <RowToggle name={key} isOpen={isOpen} onClick={() => onToggle(issue.id)} />
      </span>
      <span role="cell" title={names}>
        {names}
      </span>
      <span role="cell" className={styles.version} title={versions}>
        {versions}
      </span>
      <span role="cell" className={fix.isVersion ? styles.fix : styles.quiet} title={fix.text}>
        {fix.text}
      </span>
      <span role="cell" title={title}>
        {exploited && (
          <b className={styles.exploited} title={`Known to be exploited since ${exploited.added_on}`}>
            Exploited
          </b>
        )}
        {title}
      </span>
      <span role="cell" className={styles.quiet} title={sources}>
        {sources}
      </span>
    </TableRow>
  );
});
