import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { ChevronIcon } from './icons.tsx';

/** A filter: several of a few values, behind one button that says how many are chosen. */
export function ChoiceMenu<T extends string>({
  label,
  options,
  chosen,
  onChange,
}: {
  readonly label: string;
  readonly options: readonly { readonly value: T; readonly label: ReactNode }[];
  readonly chosen: readonly T[] | undefined;
  readonly onChange: (chosen: T[]) => void;
}) {
  const count = chosen?.length ?? 0;
  return (
    <Popover position="bottom-start" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant={count > 0 ? 'light' : 'default'}
          rightSection={
            <span style={{ rotate: '90deg', display: 'inline-flex' }}>
              <ChevronIcon size={14} />
            </span>
          }
        >
          {count > 0 ? `${label}: ${count}` : label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Checkbox.Group
          value={[...(chosen ?? [])]}
          onChange={(values) => onChange(values)}
          aria-label={label}
        >
          <Stack gap="sm">
            {options.map((option) => (
              <Checkbox key={option.value} value={option.value} label={option.label} />
            ))}
          </Stack>
        </Checkbox.Group>
      </Popover.Dropdown>
    </Popover>
  );
}
