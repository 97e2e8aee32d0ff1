import { Button, type ButtonProps, Group, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { UseMutationResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from './failure.tsx';

/** A button that asks before it acts; what is inside says what happens. It stays open when the action fails. */
export function ConfirmButton({
  label,
  title,
  confirm,
  failure,
  action,
  obstacle,
  color = 'red',
  children,
  ...button
}: ButtonProps & {
  readonly label: string;
  /** The question. */
  readonly title: string;
  /** What the button that acts says. */
  readonly confirm: string;
  /** `The run could not be cancelled` */
  readonly failure: string;
  readonly action: UseMutationResult<unknown, Error, void>;
  /** Why it cannot be pressed; undefined when it can. */
  readonly obstacle?: string | undefined;
  readonly children: ReactNode;
}) {
  const [isOpen, { open, close }] = useDisclosure();
  const leave = () => {
    close();
    action.reset();
  };
  return (
    <>
      <Button variant="default" {...button} disabled={obstacle !== undefined} title={obstacle} onClick={open}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={leave} title={title} centered>
        <Stack gap="md">
          <div>{children}</div>
          {action.isError && <Failure what={failure} error={action.error} />}
          <Group gap="xs" justify="flex-end">
            <Button variant="default" onClick={leave}>
              Back
            </Button>
            <Button
              color={color}
              loading={action.isPending}
              onClick={() => action.mutate(undefined, { onSuccess: leave })}
            >
              {confirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
