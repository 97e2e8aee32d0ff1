import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import { readWhole } from '../limit-bytes.ts';
import { sendRequest, type Route } from '../send-request.ts';
import type { TokenCheck } from './sender.ts';

export type GoogleTokenOptions = {
  /** The e-mail address of the service account that the push subscription signs with. */
  readonly account: string;
  /** The audience that the subscription was given. */
  readonly audience: string;
  /** Where Google publishes its keys, as a JWK set. */
  readonly keysUrl: URL;
  readonly route: Route;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How long after keys were asked for they are not asked for again, milliseconds; half a minute unless told. */
  readonly pauseMs?: number;
};

/** Google's two keys have 1 KB. */
const maxKeysBytes = 64 * 1024;
const keysTimeoutMs = 5_000;
/** Google replaces its keys after days and says so hours before; keys that are not known yet are asked for earlier. */
const keysFreshMs = 600_000;
const defaultPauseMs = 30_000;
/** Clocks of others, seconds. */
const toleranceSeconds = 60;

/**
 * Makes the check of the tokens that Google sends with pushes of Pub/Sub: signed by Google, for our audience, of our account,
 * and not run out. https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
 */
export function googleTokens(options: GoogleTokenOptions): TokenCheck {
  const { account, audience, keysUrl, now = Date.now, pauseMs = defaultPauseMs } = options;
  const keys = createRemoteJWKSet(keysUrl, {
    [customFetch]: (_, { signal }) => fetchKeys(options, signal),
    timeoutDuration: keysTimeoutMs,
    cooldownDuration: pauseMs,
    cacheMaxAge: keysFreshMs,
  });
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: ['https://accounts.google.com', 'accounts.google.com'],
        audience,
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'iat', 'email', 'email_verified'],
        clockTolerance: toleranceSeconds,
        currentDate: new Date(now()),
      });
      const isOurs = payload['email'] === account && payload['email_verified'] === true;
      return isOurs ? 'good' : 'wrong-token';
    } catch (error) {
      return isAboutToken(error) ? 'wrong-token' : 'no-keys';
    }
  };
}

/** What is not wrong with the token is wrong with the keys: nobody answered, or something else. */
function isAboutToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC';
}

async function fetchKeys({ route, keysUrl: url }: GoogleTokenOptions, signal: AbortSignal) {
  const request = { method: 'GET', url, headers: { accept: 'application/json' } };
  const answer = await sendRequest(route, { ...request, idleTimeoutMs: keysTimeoutMs, signal });
  const body = await readWhole(answer, maxKeysBytes);
  return new Response(new Uint8Array(body), { status: answer.statusCode ?? 502 });
}
