import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { EmptyState } from './empty-state.tsx';
import { SearchIcon } from './icons.tsx';

/** A list has rows, but none that fits what was asked for. */
export function NoMatch({
  noun,
  clearWords = 'Clear search and filters',
  onClear,
  children,
}: {
  /** One of what is listed: `issue` */
  readonly noun: string;
  readonly clearWords?: string;
  readonly onClear: () => void;
  readonly children?: ReactNode;
}) {
  return (
    <EmptyState
      icon={<SearchIcon size={26} />}
      title={`No ${noun} matches`}
      action={
        <Button variant="light" onClick={onClear}>
          {clearWords}
        </Button>
      }
    >
      {children}
    </EmptyState>
  );
}
