import { z } from 'zod';

/** Life of a token that does not tell its own, seconds (distribution, token specification). */
const defaultLifeSeconds = 60;
/** No token is trusted for longer without asking again, seconds. */
const maxLifeSeconds = 24 * 60 * 60;
/** The part of its life after which a token is replaced, so that it does not end on the way or within a long answer. */
const freshPart = 0.75;

const Claims = z.object({ exp: z.number(), iat: z.number().optional() });

/**
 * For how long a token may be used, milliseconds: by the life that its server told (seconds), or else by the times within
 * the token when it is a JWT (RFC 7519), which some products leave as the only word on it.
 */
export function freshMsOf(token: string, toldSeconds: number | undefined, now = Date.now()): number {
  const seconds = toldSeconds ?? lifeOfJwt(token, now) ?? defaultLifeSeconds;
  return Math.max(0, Math.min(seconds, maxLifeSeconds)) * 1000 * freshPart;
}

/** By the token's own two times where it has both: the clocks of two machines differ. */
function lifeOfJwt(token: string, now: number): number | undefined {
  const claims = Claims.safeParse(claimsOf(token)).data;
  return claims && claims.exp - (claims.iat ?? now / 1000);
}

/** What a JWT says of itself, unchecked; undefined when the text is none. */
export function claimsOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
