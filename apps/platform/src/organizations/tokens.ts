import { hash, randomBytes } from 'node:crypto';

/** What a token is for; its prefix lets people and secret scanners recognise a leaked one. */
const prefixes = {
  session: 'plm_s_',
  'service-account': 'plm_sa_',
  personal: 'plm_pt_',
  invite: 'plm_i_',
  broker: 'plm_b_',
} as const;

/** Whether a text looks like a token of this kind. */
export function isTokenOf(kind: keyof typeof prefixes, token: string): boolean {
  return token.startsWith(prefixes[kind]);
}

/** Makes a random token and the hash by which it is found again. Only the hash is stored. */
export function makeToken(kind: keyof typeof prefixes): { token: string; hash: Buffer } {
  const token = prefixes[kind] + randomBytes(32).toString('base64url');
  return { token, hash: hashToken(token) };
}

/**
 * The SHA-256 of a token. Tokens are random, so a slow hash adds nothing, and looking a hash up by an index tells an
 * attacker nothing about the token.
 */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
