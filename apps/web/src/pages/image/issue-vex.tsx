import type { Issue } from '@plimsoll/contracts';
import { Time } from '../../components/time.tsx';
import styles from './issue-detail.module.css';

const statusWords = {
  not_affected: 'Not affected',
  affected: 'Affected',
  fixed: 'Fixed',
  under_investigation: 'Under investigation',
} as const;

/** What a VEX statement says about an issue, and who says so. */
export function IssueVexStatement({ vex }: { readonly vex: NonNullable<Issue['attributes']['vex']> }) {
  return (
    <div className={styles.origin}>
      <b>
        {statusWords[vex.status]} according to {vex.author}
      </b>
      {vex.justification && <div>{vex.justification.replaceAll('_', ' ')}</div>}
      {vex.impact_statement && <div>{vex.impact_statement}</div>}
      {vex.action_statement && <div>{vex.action_statement}</div>}
      <small>
        About {vex.component === undefined ? vex.product : `${vex.component} in ${vex.product}`},{' '}
        <Time at={vex.stated_at} />, {vex.document_id}
        {vex.document_version && ` version ${vex.document_version}`}
      </small>
    </div>
  );
}
