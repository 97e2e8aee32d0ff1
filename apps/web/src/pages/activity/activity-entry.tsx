import { UnstyledButton } from '@mantine/core';
import type { AuditEntry } from '@plimsoll/contracts';
import { useState } from 'react';
import { Time } from '../../components/time.tsx';
import styles from './activity.module.css';

/** One change; a click shows what was before and after. */
export function ActivityEntry({ entry }: { readonly entry: AuditEntry }) {
  const [isOpen, setOpen] = useState(false);
  const { actor, address, resource, before, after } = entry.content;
  const hasDetail = before !== undefined || after !== undefined;
  const name = resource.name ?? resource.id ?? '';
  return (
    <tbody>
      <tr>
        <td>
          <Time at={entry.created} />
        </td>
        <td>
          {actor.name}
          {actor.personal_token && ` (token ${actor.personal_token.name})`}
        </td>
        <td>
          {hasDetail ? (
            <UnstyledButton className={styles.event} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {entry.event}
            </UnstyledButton>
          ) : (
            <span className={styles.event}>{entry.event}</span>
          )}{' '}
          {name}
        </td>
        <td>{address ?? ''}</td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={4}>
            <dl className={styles.detail}>
              {before && (
                <>
                  <dt>Before</dt>
                  <dd>{JSON.stringify(before, undefined, 2)}</dd>
                </>
              )}
              {after && (
                <>
                  <dt>After</dt>
                  <dd>{JSON.stringify(after, undefined, 2)}</dd>
                </>
              )}
            </dl>
          </td>
        </tr>
      )}
    </tbody>
  );
}
