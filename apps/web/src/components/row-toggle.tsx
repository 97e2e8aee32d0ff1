import type { ReactNode } from 'react';
import styles from './row-toggle.module.css';

/** The button that opens and closes a row of a table. It is named by its text, and the whole row presses it. */
export function RowToggle({
  name,
  isOpen,
  icon,
  onClick,
}: {
  readonly name: string;
  readonly isOpen: boolean;
  readonly icon?: ReactNode;
  readonly onClick: () => void;
}) {
  return (
    <button type="button" className={styles.toggle} aria-expanded={isOpen} title={name} onClick={onClick}>
      {icon}
      <span>{name}</span>
    </button>
  );
}
