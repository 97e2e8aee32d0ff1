import { Anchor } from '@mantine/core';
import type { FixAdvice } from '@plimsoll/contracts';
import { Link } from '@tanstack/react-router';
import { Digest } from '../../components/digest.tsx';
import { SeverityBar } from '../../components/severity-bar.tsx';
import { Time } from '../../components/time.tsx';
import styles from './fixes-tab.module.css';

type Base = NonNullable<FixAdvice['attributes']['base_image']>;

const distanceWords = {
  rebuild: 'the same tag, pushed anew: build again',
  minor: 'the same major version',
  major: 'another major version',
  other: 'another variant',
} as const satisfies Record<Base['options'][number]['distance'], string>;

/** The image that this one was built from, and newer ones with fewer issues that were scanned already. */
export function BaseAdvice({ base }: { readonly base: Base }) {
  return (
    <section aria-label="Base image">
      <h3>Base image</h3>
      <table className={styles.table}>
        <thead>
          <tr>
            <th>Image</th>
            <th>Pushed</th>
            <th>Issues</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>
              <b>{base.names.join(', ') || 'without a name'}</b> <small>as it is built from now</small>
              <Digest digest={base.digest} />
            </td>
            <td />
            <td>
              <SeverityBar counts={base.issue_counts} />
            </td>
          </tr>
          {base.options.map((option) => (
            <tr key={option.project_id}>
              <td>
                <Anchor
                  renderRoot={(props) => (
                    <Link to="/images/$projectId" params={{ projectId: option.project_id }} {...props} />
                  )}
                  inherit
                >
                  {option.name}
                </Anchor>{' '}
                <small>{distanceWords[option.distance]}</small>
              </td>
              <td>
                <Time at={option.pushed_at} otherwise="not told" />
              </td>
              <td>
                <SeverityBar counts={option.issue_counts} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {base.options.length === 0 && <p>No newer image of its repository with fewer issues was scanned.</p>}
    </section>
  );
}
