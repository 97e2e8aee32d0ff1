import type { PushedAtKind, TagWithMetadata } from '@plimsoll/contracts';

/** What registries write for "never" or "unknown" lies before this; no registry is older. */
const earliest = Date.parse('2010-01-01T00:00:00Z');
/** The last instant that four digits of a year can tell. */
const latest = Date.parse('9999-12-31T23:59:59Z');

/**
 * When a tag was pushed, from what a registry tells: a text (RFC 3339, any offset, any number of fractional digits) or
 * milliseconds since 1970. `absent` when it tells none, or none that can be true.
 */
export function pushTime(
  told: string | number | null | undefined,
  kind: Exclude<PushedAtKind, 'absent'>,
): Pick<TagWithMetadata, 'pushedAt' | 'pushedAtKind'> {
  const ms = typeof told === 'string' ? Date.parse(told) : (told ?? Number.NaN);
  if (!(ms >= earliest && ms <= latest)) return { pushedAtKind: 'absent' };
  return { pushedAt: new Date(ms).toISOString(), pushedAtKind: kind };
}
