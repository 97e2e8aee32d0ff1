import type { ReactNode } from 'react';
import { AlertIcon } from './icons.tsx';
import styles from './notice.module.css';

/** Something a reader must know: `bad` went wrong and is told to screen readers at once, `warn` and `note` are not. */
export function Notice({
  kind,
  title,
  icon = <AlertIcon size={18} />,
  action,
  children,
}: {
  readonly kind: 'bad' | 'warn' | 'note';
  readonly title?: string;
  readonly icon?: ReactNode;
  readonly action?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <div className={styles.notice} data-kind={kind} role={kind === 'bad' ? 'alert' : 'status'}>
      <span className={styles.icon}>{icon}</span>
      <div className={styles.text}>
        {title !== undefined && <b>{title}</b>}
        {children}
      </div>
      {action}
    </div>
  );
}
