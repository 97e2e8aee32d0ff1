import type { z } from 'zod';

/** Times before and after these are mistakes: of a clock, of a unit, or made up. */
const [earliest, latest] = [Date.UTC(2000, 0), Date.UTC(2100, 0)];

/** Reads a part of a notification; undefined when it is something else. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** Reads a time: text of ISO 8601 with any precision, or seconds since 1970; undefined when it cannot be one. */
export function timeOf(told: string | number | null | undefined): Date | undefined {
  const ms = typeof told === 'number' ? told * 1_000 : Date.parse(told ?? '');
  return ms >= earliest && ms < latest ? new Date(ms) : undefined;
}
