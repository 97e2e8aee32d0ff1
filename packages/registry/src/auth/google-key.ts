import { sign } from 'node:crypto';
import { z } from 'zod';

/** The parts of a Google service account key that we use. Its `token_uri` is not among them: who wrote the key could name any place. */
const GoogleKey = z.object({
  client_email: z.string(),
  private_key: z.string(),
  project_id: z.string().optional(),
});
export type GoogleKey = z.infer<typeof GoogleKey>;

/** Life of the assertion, seconds; the longest that Google takes. */
const assertionSeconds = 3_600;

/** Reads a key as people give it: the JSON itself, or base64 of it. Undefined when it is neither. */
export function parseGoogleKey(text: string): GoogleKey | undefined {
  return parse(text) ?? parse(Buffer.from(text, 'base64').toString('utf8'));
}

/**
 * A signed claim (RFC 7523) that is exchanged for an OAuth token with the given scope at `audience`.
 * @throws when the private key is none; the error does not quote it.
 */
export function googleAssertion(
  { client_email, private_key }: GoogleKey,
  { scope, audience }: { scope: string; audience: string },
  now = Date.now(),
): string {
  const iat = Math.floor(now / 1000);
  const claims = { iss: client_email, scope, aud: audience, iat, exp: iat + assertionSeconds };
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), private_key).toString('base64url')}`;
}

function parse(text: string): GoogleKey | undefined {
  try {
    return GoogleKey.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function encode(document: object): string {
  return Buffer.from(JSON.stringify(document)).toString('base64url');
}
