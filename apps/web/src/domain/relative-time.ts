const steps = [
  { unit: 'year', ms: 365.25 * 86_400_000 },
  { unit: 'month', ms: 30.44 * 86_400_000 },
  { unit: 'week', ms: 7 * 86_400_000 },
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

/** Clocks of two machines differ, and this page's own is read now and then only: so near is now, milliseconds. */
const nearMs = 30_000;

/** The distance from `now` to an instant, both in milliseconds since 1970: `3 hours ago`, `in 2 days`, `just now`. */
export function relativeTime(instantMs: number, nowMs: number): string {
  const distance = instantMs - nowMs;
  const step = steps.find(({ ms }) => Math.abs(distance) >= ms);
  if (!step) return distance > nearMs ? 'in a moment' : 'just now';
  return relative.format(Math.trunc(distance / step.ms), step.unit);
}

/** An instant in full, in the time zone of this browser. */
export function absoluteTime(instantMs: number): string {
  return absolute.format(instantMs);
}
