import { Alert, Button, Group } from '@mantine/core';
import { AlertIcon } from './icons.tsx';

/** What could not be done, why, and the button to try again. */
export function Failure({
  what,
  error,
  onRetry,
}: {
  /** A sentence: `The images could not be read.` */
  readonly what: string;
  readonly error: Error;
  readonly onRetry?: () => unknown;
}) {
  return (
    <Alert color="red" variant="light" icon={<AlertIcon size={18} />} title={what} role="alert">
      <Group justify="space-between" gap="sm">
        <span>{error.message}</span>
        {onRetry && (
          <Button size="xs" variant="light" color="red" onClick={() => void onRetry()}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
