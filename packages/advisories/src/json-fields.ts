/** A JSON object whose members are not known to be anything. */
export type Json = Readonly<Record<string, unknown>>;

/** A value as an object; one without members if it is none. */
export function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** A value as a list; an empty one if it is none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text as the database can store it: no NUL, no half characters, cut at a length. Empty ones are none. */
export function textOf(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.replaceAll('\0', '').slice(0, maxLength).toWellFormed() || undefined;
}

/** An instant as ISO 8601 in UTC. Years beyond 9999 are written in a way that databases do not read. */
export function instantOf(value: unknown): string | undefined {
  const at = typeof value === 'string' ? new Date(value) : undefined;
  const instant = at && !Number.isNaN(at.getTime()) ? at.toISOString() : '';
  return /^\d/.test(instant) ? instant : undefined;
}

/** A day as `2026-11-28`. */
export function dayOf(value: unknown): string | undefined {
  return instantOf(value)?.slice(0, 10);
}

/** Longer ids do not occur, and would not fit the database's index. */
export const maxIdLength = 200;
/** One paragraph for people; whole texts stay in the document. */
export const maxTextLength = 4_000;
