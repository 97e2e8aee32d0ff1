import { Skeleton, Stack } from '@mantine/core';

/** Grey bars in place of a list that was never read before. */
export function NothingYet({ rows = 8, height = 52 }: { readonly rows?: number; readonly height?: number }) {
  return (
    <Stack gap={8} p={12} aria-busy aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius="sm" />
      ))}
    </Stack>
  );
}
