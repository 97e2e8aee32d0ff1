import { Button } from '@mantine/core';
import { isSignedOut } from '../api/request-error.ts';
import { Notice } from './notice.tsx';

/** What could not be done, why, and the button to try again. Nothing when the session is over: the page is left. */
export function Failure({
  what,
  error,
  onRetry,
}: {
  /** `The images could not be read` */
  readonly what: string;
  readonly error: Error;
  readonly onRetry?: () => unknown;
}) {
  if (isSignedOut(error)) return null;
  return (
    <Notice
      kind="bad"
      title={what}
      action={
        onRetry && (
          <Button size="xs" variant="default" onClick={() => void onRetry()}>
            Try again
          </Button>
        )
      }
    >
      {error.message}
    </Notice>
  );
}
