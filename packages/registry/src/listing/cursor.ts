import { z } from 'zod';
import { RegistryError } from '../registry-error.ts';

/** Where a listing stands. The whole state of a listing is in here, so any agent can go on with it. */
export type Position = {
  /** Query of the registry's page to read next. */
  readonly query: string;
  /** Names up to and including this one of that page were handed out already. */
  readonly after?: string | undefined;
  /** Number of that page, from 1. */
  readonly page: number;
  /** Hash of an earlier page's query; meeting it again means that the registry leads us in a circle. */
  readonly mark?: string | undefined;
};

/** A cursor travels in URLs, in at most 4,096 characters. */
export const maxQueryLength = 2_000;

const Wire = z.tuple([
  z.string().max(maxQueryLength),
  z.number().int().min(1),
  z.string().max(255).nullable(),
  z.string().max(32).nullable(),
]);

/** Writes a position as an opaque text. */
export function encodeCursor({ query, page, after, mark }: Position): string {
  return Buffer.from(JSON.stringify([query, page, after ?? null, mark ?? null])).toString('base64url');
}

/** @throws {RegistryError} `unsupported` when the text is no cursor of ours. */
export function decodeCursor(cursor: string): Position {
  const parsed = Wire.safeParse(readJson(cursor));
  if (!parsed.success)
    throw new RegistryError('unsupported', 'The cursor is not one that a listing gave out.');
  const [query, page, after, mark] = parsed.data;
  return { query, page, after: after ?? undefined, mark: mark ?? undefined };
}

function readJson(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
