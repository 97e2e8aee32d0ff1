import { List, Spoiler } from '@mantine/core';
import { Notice } from './notice.tsx';

/** Height of about three warnings, pixels; the rest is behind a button. */
const closedHeight = 62;

/** What could not be read, line by line. */
export function Warnings({
  title,
  warnings,
}: {
  readonly title: string;
  readonly warnings: readonly string[];
}) {
  return (
    <Notice kind="warn" title={title}>
      <Spoiler
        maxHeight={closedHeight}
        showLabel="Show all"
        hideLabel="Show less"
        styles={{ control: { fontSize: 13 } }}
      >
        <List size="sm">
          {[...new Set(warnings)].map((warning) => (
            <List.Item key={warning}>{warning}</List.Item>
          ))}
        </List>
      </Spoiler>
    </Notice>
  );
}
