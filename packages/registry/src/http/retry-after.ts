/**
 * How long an answer asks us to wait, milliseconds from `now`: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3),
 * or `X-Retry-After` in Unix seconds (Docker Hub). Undefined when it does not say, or says something unreadable.
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: Date,
): number | undefined {
  const [retryAfter, unixSeconds] = [headers['retry-after'], headers['x-retry-after']].map((value) =>
    typeof value === 'string' ? value.trim() : '',
  );
  if (/^\d{1,9}$/.test(retryAfter ?? '')) return Number(retryAfter) * 1000;
  const isDate = /^[A-Za-z]{3,9},? /.test(retryAfter ?? '');
  const isUnix = /^\d{9,11}$/.test(unixSeconds ?? '');
  if (!isDate && !isUnix) return undefined;
  const until = isUnix ? Number(unixSeconds) * 1000 : Date.parse(retryAfter ?? '');
  return Number.isNaN(until) ? undefined : Math.max(0, until - now.getTime());
}
