import { absoluteTime, relativeTime } from '../domain/relative-time.ts';
import { useNow } from './use-now.ts';

/** An instant as people say it, and in full on hover; `otherwise` where there is none or it cannot be read. */
export function Time({
  at,
  otherwise = '–',
}: {
  readonly at: string | undefined;
  readonly otherwise?: string;
}) {
  const now = useNow();
  const instant = Date.parse(at ?? '');
  if (Number.isNaN(instant)) return <span>{otherwise}</span>;
  return (
    <time dateTime={at} title={absoluteTime(instant)}>
      {relativeTime(instant, now)}
    </time>
  );
}
