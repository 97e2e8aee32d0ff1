import { Digest } from '@plimsoll/contracts';

/** The digest of a tag as a listing tells it, with `sha256:` before it or without; nothing where it tells none that can be one. */
export function digestOf(told: string | null | undefined): { digest?: Digest } {
  const digest = told && !told.includes(':') ? `sha256:${told}` : told;
  return digest && Digest.safeParse(digest).success ? { digest } : {};
}
