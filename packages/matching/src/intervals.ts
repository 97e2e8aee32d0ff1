import type { AdvisoryEvent } from '@plimsoll/contracts';
import type { Scheme } from './schemes/index.ts';

/**
 * A stretch of affected versions: from `introduced` (absent: from the first version there is) up to, but without,
 * `fixed`, or up to and with `lastAffected`; with neither it never ends.
 */
export type Interval = {
  readonly introduced?: string;
  readonly fixed?: string;
  readonly lastAffected?: string;
};

/** Tells whether a version lies in an interval. */
export function contains(interval: Interval, version: string, { compare }: Scheme): boolean {
  const { introduced, fixed, lastAffected } = interval;
  if (introduced !== undefined && compare(version, introduced) < 0) return false;
  if (fixed !== undefined) return compare(version, fixed) < 0;
  return lastAffected === undefined || compare(version, lastAffected) <= 0;
}

/** Turns the events of one OSV range, in whatever order they come, into disjoint intervals in rising order. */
export function intervalsOf(events: readonly AdvisoryEvent[], scheme: Scheme): Interval[] {
  const intervals: Interval[] = [];
  // An end without any start is malformed, and means from the first version on.
  let open: Interval | undefined = events.some((event) => 'introduced' in event) ? undefined : {};

  for (const point of pointsOf(events, scheme)) {
    const isClosing = open !== undefined && point.fixed;
    if (open && point.fixed) {
      intervals.push({ ...open, fixed: point.version });
      open = undefined;
    }
    // Introduced and fixed in the same version is empty, unless the fix ended what was open before.
    if (!open && point.introduced && (isClosing || !point.fixed)) {
      open = point.version === zero ? {} : { introduced: point.version };
    }
    if (open && point.lastAffected) {
      intervals.push({ ...open, lastAffected: point.version });
      open = undefined;
    }
  }
  if (open) intervals.push(open);
  // `fixed: "0"` in converted data means that no version was ever affected.
  return intervals.filter(({ introduced, fixed }) => introduced !== undefined || fixed !== zero);
}

/** Joins intervals that overlap or touch, so that the end of each is a version outside all of them. */
export function joinIntervals(intervals: readonly Interval[], scheme: Scheme): Interval[] {
  const joined: Interval[] = [];
  for (const next of intervals.toSorted((a, b) => compareStarts(a, b, scheme))) {
    const previous = joined.at(-1);
    if (!previous || startsAfter(next, previous, scheme)) joined.push(next);
    else if (compareEnds(next, previous, scheme) > 0) joined[joined.length - 1] = withEndOf(previous, next);
  }
  return joined;
}

/** OSV's name for "before every version". */
const zero = '0';

type Point = { version: string; introduced: boolean; fixed: boolean; lastAffected: boolean };

/** The events in rising order, those of equal versions together. */
function pointsOf(events: readonly AdvisoryEvent[], scheme: Scheme): Point[] {
  const sorted = events.map(pointOf).sort((a, b) => {
    const aIsFirst = a.introduced && a.version === zero;
    const bIsFirst = b.introduced && b.version === zero;
    return Number(bIsFirst) - Number(aIsFirst) || scheme.compare(a.version, b.version);
  });
  const points: Point[] = [];
  for (const point of sorted) {
    const previous = points.at(-1);
    const isStart = previous?.introduced && previous.version === zero;
    if (previous && !isStart && scheme.compare(previous.version, point.version) === 0) {
      previous.introduced ||= point.introduced;
      previous.fixed ||= point.fixed;
      previous.lastAffected ||= point.lastAffected;
    } else points.push(point);
  }
  return points;
}

function pointOf(event: AdvisoryEvent): Point {
  const point = { introduced: false, fixed: false, lastAffected: false };
  if ('introduced' in event) return { ...point, version: event.introduced, introduced: true };
  if ('fixed' in event) return { ...point, version: event.fixed, fixed: true };
  return { ...point, version: event.lastAffected, lastAffected: true };
}

function compareStarts(a: Interval, b: Interval, { compare }: Scheme): number {
  if (a.introduced === undefined || b.introduced === undefined) {
    return Number(a.introduced !== undefined) - Number(b.introduced !== undefined);
  }
  return compare(a.introduced, b.introduced);
}

/** True when there is at least one version between the end of one interval and the start of the next. */
function startsAfter(
  { introduced }: Interval,
  { fixed, lastAffected }: Interval,
  { compare }: Scheme,
): boolean {
  if (introduced === undefined) return false;
  const end = fixed ?? lastAffected;
  return end !== undefined && compare(introduced, end) > 0;
}

function compareEnds(a: Interval, b: Interval, { compare }: Scheme): number {
  const aEnd = a.fixed ?? a.lastAffected;
  const bEnd = b.fixed ?? b.lastAffected;
  if (aEnd === undefined || bEnd === undefined)
    return Number(aEnd === undefined) - Number(bEnd === undefined);
  return compare(aEnd, bEnd) || Number(b.fixed !== undefined) - Number(a.fixed !== undefined);
}

function withEndOf({ introduced }: Interval, { fixed, lastAffected }: Interval): Interval {
  return {
    ...(introduced === undefined ? {} : { introduced }),
    ...(fixed === undefined ? {} : { fixed }),
    ...(lastAffected === undefined ? {} : { lastAffected }),
  };
}
