import { EnvHttpProxyAgent, request } from 'undici';
import { AdvisoriesError } from './advisories-error.ts';

/** Longest silence of the other side. */
const idleTimeoutMs = 60_000;
const maxRedirects = 5;

export type Answer =
  | { readonly isUnchanged: true }
  | {
      readonly isUnchanged: false;
      /** Tells this state of the source from others; undefined when the server tells nothing. */
      readonly validator: string | undefined;
      /** Where the other pages are (RFC 8288). */
      readonly link: string | undefined;
      readonly body: AsyncIterable<Buffer>;
    };

/** Goes through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name, as the rest of the product does. */
const proxied = new EnvHttpProxyAgent();

/**
 * Asks for an address, following redirects (never from https to http); with a validator only for what changed since.
 * @throws {AdvisoriesError} `not-found`, `unavailable`.
 */
export async function get(
  address: string,
  { validator, headers: own }: { validator?: string | undefined; headers?: Record<string, string> },
  signal: AbortSignal,
): Promise<Answer> {
  const first = new URL(address);
  let at = first;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const { statusCode, headers, body } = await request(at, {
      dispatcher: proxied,
      signal,
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
      // Who we are is told to whom it was meant for, and to nobody that he points at.
      headers: { ...conditionOf(validator), ...(at.origin === first.origin ? own : {}) },
    });
    if (statusCode === 200) {
      const found = { etag: textOf(headers['etag']), modified: textOf(headers['last-modified']) };
      const length = textOf(headers['content-length']);
      const link = textOf(headers['link']);
      return {
        isUnchanged: false,
        validator: validatorOf(found),
        link,
        body: completeBody(body, length, address),
      };
    }
    await body.dump();
    if (statusCode === 304 && validator) return { isUnchanged: true };
    const location = textOf(headers['location']);
    if (statusCode < 300 || statusCode >= 400 || location === undefined) {
      const code = statusCode === 404 ? 'not-found' : 'unavailable';
      const retryAfterMs = retryAfterOf(statusCode, headers);
      const again =
        retryAfterMs === undefined ? '' : `, and to come again in ${Math.ceil(retryAfterMs / 1000)} s`;
      const message = `${address} answered ${statusCode}${again}`;
      throw new AdvisoriesError(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
    }
    at = redirected(at, location, address);
  }
  throw new AdvisoriesError('unavailable', `${address} redirects more than ${maxRedirects} times`);
}

/** What a download failed with, as an error of ours. */
export function downloadFailure(error: unknown, address: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof AdvisoriesError || signal?.aborted) return error;
  return new AdvisoriesError('unavailable', `Could not download ${address}`, { cause: error });
}

function redirected(from: URL, location: string, address: string): URL {
  const next = new URL(location, from);
  if (next.protocol === 'https:' || next.protocol === from.protocol) return next;
  throw new AdvisoriesError('unavailable', `${address} redirects from ${from.protocol} to ${next.protocol}`);
}

/**
 * How long to wait before asking again: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), else the instant at which
 * GitHub's limit lifts (docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */
function retryAfterOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): number | undefined {
  if (status !== 403 && status !== 429 && status !== 503) return undefined;
  const after = textOf(headers['retry-after']);
  if (after !== undefined) {
    const ms = /^\d{1,9}$/.test(after) ? Number(after) * 1000 : new Date(after).getTime() - Date.now();
    return Number.isNaN(ms) ? undefined : Math.max(0, ms);
  }
  const reset = textOf(headers['x-ratelimit-reset']);
  const isUsedUp =
    headers['x-ratelimit-remaining'] === '0' && reset !== undefined && /^\d{1,12}$/.test(reset);
  return isUsedUp ? Math.max(0, Number(reset) * 1000 - Date.now()) : undefined;
}

/** Longer ones are not worth keeping. */
const maxValidatorLength = 500;

function validatorOf({ etag, modified }: { etag: string | undefined; modified: string | undefined }) {
  const text = etag ? `etag:${etag}` : modified ? `date:${modified}` : '';
  return text && text.length <= maxValidatorLength ? text : undefined;
}

function conditionOf(validator: string | undefined): Record<string, string> {
  if (validator?.startsWith('etag:')) return { 'if-none-match': validator.slice('etag:'.length) };
  if (validator?.startsWith('date:')) return { 'if-modified-since': validator.slice('date:'.length) };
  return {};
}

/** A download that breaks off must not pass for a shorter one. */
async function* completeBody(
  body: AsyncIterable<Buffer>,
  announced: string | undefined,
  address: string,
): AsyncIterable<Buffer> {
  let received = 0;
  for await (const part of body) {
    received += part.length;
    yield part;
  }
  if (announced !== undefined && received !== Number(announced)) {
    throw new AdvisoriesError('unavailable', `${address} ended after ${received} of ${announced} bytes`);
  }
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
