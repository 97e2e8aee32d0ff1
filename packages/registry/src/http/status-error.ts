import { RegistryError, type RegistryErrorCode } from '../registry-error.ts';
import { clientCertificateRemedy } from './connection-error.ts';
import { exhaustedForMs } from './rate-limit.ts';
import { retryAfterMs } from './retry-after.ts';
import type { HttpAnswer } from './transport.ts';

/**
 * The error that a status of failure stands for. Of what the registry wrote, only the error codes of the
 * distribution spec are quoted: a hostile one could write our own password back to us.
 */
export function statusError(
  { status, url, headers }: Pick<HttpAnswer, 'status' | 'url' | 'headers'>,
  body: string,
  now = new Date(),
): RegistryError {
  const exhaustedMs = exhaustedForMs(headers, now);
  // GitHub refuses with 403 when all that an account may ask is used up.
  const code = status === 403 && exhaustedMs !== undefined ? 'rate-limited' : codeOfStatus(status);
  const said = body.match(/[A-Z_]{6,26}/g)?.find((word) => distributionCodes.has(word));
  if (status === 400 && /required SSL certificate|SSL certificate error/i.test(body)) {
    const message = `${url.origin} wants a client certificate that it knows. ${clientCertificateRemedy}`;
    return new RegistryError('tls', message);
  }
  if (status === 407) {
    const message = `The proxy on the way to ${url.origin} wants a user name and password, or refuses those of HTTP_PROXY or HTTPS_PROXY.`;
    return new RegistryError('unavailable', message);
  }
  const what = `${url.origin} answered ${status}${said ? ` (${said})` : ''} for ${url.pathname}.`;
  if (code !== 'rate-limited' && code !== 'unavailable') return new RegistryError(code, what);
  const pauseMs = retryAfterMs(headers, now) ?? exhaustedMs;
  const until = pauseMs === undefined ? '' : ` It asks to wait until ${waitUntil(now, pauseMs)}.`;
  return new RegistryError(code, what + until, { retryAfterMs: pauseMs });
}

function codeOfStatus(status: number): RegistryErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 405 || status === 501) return 'unsupported';
  // We ask for the rest of a blob whose size the manifest tells; there is none, so the blob is another one.
  if (status === 416) return 'digest-mismatch';
  if (status === 429) return 'rate-limited';
  if (status === 408 || status >= 500) return 'unavailable';
  return 'invalid-answer';
}

function waitUntil(now: Date, pauseMs: number): string {
  const until = new Date(now.getTime() + pauseMs);
  return Number.isNaN(until.getTime()) ? 'a far day' : until.toISOString();
}

/** OCI distribution-spec, error codes. */
const distributionCodes: ReadonlySet<string> = new Set([
  'BLOB_UNKNOWN',
  'DENIED',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'PAGINATION_NUMBER_INVALID',
  'SIZE_INVALID',
  'TOOMANYREQUESTS',
  'UNAUTHORIZED',
  'UNAVAILABLE',
  'UNKNOWN',
  'UNSUPPORTED',
]);
