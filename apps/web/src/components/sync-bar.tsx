import { Progress } from '@mantine/core';

/** How far a sync is; moving stripes while the end is not known. */
export function SyncBar({ percent }: { readonly percent: number | undefined }) {
  return (
    <Progress
      mt={8}
      size="sm"
      value={percent ?? 100}
      animated={percent === undefined}
      striped={percent === undefined}
      aria-label="Progress of the sync"
    />
  );
}
