import type { Issue } from '@plimsoll/contracts';
import { OutsideLink } from '../../components/markdown-text.tsx';

const catalogue = 'https://www.cisa.gov/known-exploited-vulnerabilities-catalog';

/** How soon to deal with an issue and what that is made of, and what is known of its exploitation. */
export function IssuePriority({ issue }: { readonly issue: Issue }) {
  const { risk, epss, known_exploited: exploited, confidence } = issue.attributes;
  return (
    <>
      <div>
        <b>{risk.score.value}</b> of 1000{' '}
        <small>{risk.factors.map(({ name, value }) => `${name} ${percent(value)}`).join(', ')}</small>
      </div>
      {exploited && (
        <div>
          <OutsideLink href={catalogue}>Known to be exploited</OutsideLink> since {exploited.added_on}
          {exploited.used_by_ransomware && ', by ransomware too'}
          {exploited.due_on !== undefined && <small> US agencies fix it by {exploited.due_on}</small>}
          {exploited.required_action !== undefined && <div>{exploited.required_action}</div>}
        </div>
      )}
      <div>
        {epss
          ? `Exploited within 30 days: ${percent(epss.probability)}, more likely than ${percent(epss.percentile)} of all`
          : 'No EPSS score'}
        {epss && (
          <small>
            {' '}
            EPSS {epss.model}, {epss.scored_on}
          </small>
        )}
      </div>
      {confidence !== 'high' && <div>How sure the match is: {confidence}</div>}
    </>
  );
}

/** 0.0123 is `1.2 %`. */
function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}
