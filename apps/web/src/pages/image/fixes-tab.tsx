import { Code, NativeSelect } from '@mantine/core';
import type { FixAdvice } from '@plimsoll/contracts';
import { type FixLevel, fixLevels, useFixes } from '../../api/fixes.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { Failure } from '../../components/failure.tsx';
import { CheckIcon } from '../../components/icons.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { SeverityChip } from '../../components/severity-chip.tsx';
import { counted } from '../../domain/count.ts';
import { severityNames } from '../../domain/severity.ts';
import { useOrgId } from '../../frame/org-context.ts';
import { BaseAdvice } from './base-advice.tsx';
import styles from './fixes-tab.module.css';
import type { TabProps } from './list-tab.tsx';

type Upgrade = FixAdvice['attributes']['upgrades'][number];

/** What to change so that the fewest issues are left: packages to upgrade, another image to build from. */
export function FixesTab({ project, search, onChange }: Pick<TabProps, 'project' | 'search' | 'onChange'>) {
  const level = search.level ?? 'high';
  const query = useFixes(useOrgId(), project.id, project.meta.image.scanned_at, level);
  const advice = query.data?.attributes;
  return (
    <div className={styles.fixes}>
      <NativeSelect
        label="Clear issues rated"
        value={level}
        onChange={(event) =>
          onChange({ level: fixLevels.find((one) => one === event.currentTarget.value) ?? 'high' })
        }
        data={fixLevels.map((one) => ({ value: one, label: levelWords(one) }))}
        className={styles.level}
      />
      {query.isError && (
        <Failure what="The advice could not be read" error={query.error} onRetry={query.refetch} />
      )}
      {query.isPending && <NothingYet rows={4} height={34} />}
      {advice && <Upgrades advice={advice} level={level} />}
      {advice?.base_image && <BaseAdvice base={advice.base_image} />}
    </div>
  );
}

function levelWords(level: FixLevel): string {
  const { name } = severityNames[level];
  return level === 'critical' ? name : `${name} or worse`;
}

function Upgrades({ advice, level }: { readonly advice: FixAdvice['attributes']; readonly level: FixLevel }) {
  const { upgrades, issues } = advice;
  const rated = `rated ${levelWords(level).toLowerCase()}`;
  if (issues.now === 0) {
    return (
      <EmptyState icon={<CheckIcon size={28} />} title="Nothing to fix">
        No issue of this image is {rated}.
      </EmptyState>
    );
  }
  if (upgrades.length === 0) {
    return (
      <p>
        No version is known that has fewer of the {counted(issues.now, 'issue')} {rated}.
      </p>
    );
  }
  return (
    <>
      <p role="status">
        {counted(upgrades.length, 'upgrade')} {upgrades.length === 1 ? 'clears' : 'clear'}{' '}
        {issues.now - issues.after} of {counted(issues.now, 'issue')} {rated}.
      </p>
      <table className={styles.table} aria-label="Upgrades">
        <thead>
          <tr>
            <th>Upgrade</th>
            <th>From</th>
            <th>To</th>
            <th>Clears</th>
            <th>Layer</th>
          </tr>
        </thead>
        <tbody>
          {upgrades.map((upgrade) => (
            <UpgradeRow key={`${upgrade.type} ${upgrade.name} ${upgrade.from}`} upgrade={upgrade} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function UpgradeRow({ upgrade }: { readonly upgrade: Upgrade }) {
  const { name, from, to, is_source_version: isSource, packages, introduced_by: origin } = upgrade;
  const others = packages.map((one) => one.name).filter((one) => one !== name);
  return (
    <tr>
      <td>
        <b>{name}</b>
        {others.length > 0 && <small>with {others.join(', ')}</small>}
        {upgrade.remedy !== undefined && <small>{upgrade.remedy}</small>}
      </td>
      <td className={styles.version}>{from}</td>
      <td className={styles.version}>
        {to}
        {isSource && <small>version of the source</small>}
      </td>
      <td>
        <Issues issues={upgrade.clears} />
        {upgrade.leaves.length > 0 && <small>leaves {upgrade.leaves.map(({ key }) => key).join(', ')}</small>}
        {upgrade.brings.length > 0 && <small>brings {upgrade.brings.map(({ key }) => key).join(', ')}</small>}
      </td>
      <td>
        {origin && `Layer ${origin.layer_index + 1}`}
        {origin?.in_base_image === true && <small>of the base image</small>}
        {origin?.instruction && <Code className={styles.instruction}>{origin.instruction}</Code>}
      </td>
    </tr>
  );
}

/** More of them than this are told as a number. */
const issuesShown = 6;

function Issues({ issues }: { readonly issues: Upgrade['clears'] }) {
  return (
    <ul>
      {issues.slice(0, issuesShown).map(({ key, severity }) => (
        <li key={key}>
          <SeverityChip severity={severity} /> {key}
        </li>
      ))}
      {issues.length > issuesShown && <li>and {counted(issues.length - issuesShown, 'more issue')}</li>}
    </ul>
  );
}
