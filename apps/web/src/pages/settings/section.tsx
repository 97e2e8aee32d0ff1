import { Paper } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './settings.module.css';

/** One part of the settings: what it is for, what there is, and how to add to it. */
export function Section({
  title,
  note,
  children,
}: {
  readonly title: string;
  readonly note: string;
  readonly children: ReactNode;
}) {
  return (
    <Paper component="section" withBorder className={styles.section} aria-label={title}>
      <h2>{title}</h2>
      <p className={styles.note}>{note}</p>
      {children}
    </Paper>
  );
}
