import type { ReactNode } from 'react';
import { useTitle } from './use-title.ts';
import styles from './page-title.module.css';

/** The heading of a page, with a word on what is on it. */
export function PageTitle({ title, note }: { readonly title: string; readonly note?: ReactNode }) {
  useTitle(title);
  return (
    <div className={styles.title}>
      <h1>{title}</h1>
      {note && <span className="numbers">{note}</span>}
    </div>
  );
}
