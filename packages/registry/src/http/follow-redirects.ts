import { RegistryError } from '../registry-error.ts';
import { discard } from './read-body.ts';
import type { HttpAnswer, HttpRequest, Transport } from './transport.ts';

/** Registries redirect a blob once or twice; more is a loop. */
const maxRedirects = 5;

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request and follows its redirects. Credentials stay at the origin (scheme, host, port) they are for:
 * once a redirect has left it they are gone, even if a later one leads back.
 */
export async function sendFollowing(
  transport: Transport,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  let hop = request;
  for (let redirects = 0; ; redirects++) {
    const answer = await transport.send(hop, signal);
    const location = answer.headers['location'];
    const isRedirect = redirectStatuses.has(answer.status) && request.body === undefined;
    if (!isRedirect || typeof location !== 'string') return answer;
    discard(answer.body);
    if (redirects === maxRedirects) {
      throw new RegistryError(
        'invalid-answer',
        `${request.url.origin} redirected more than ${maxRedirects} times.`,
      );
    }
    const url = URL.parse(location, hop.url);
    if (!url || url.username || url.password) {
      throw new RegistryError(
        'invalid-answer',
        `${hop.url.origin} redirected to something that is not an address.`,
      );
    }
    if (request.isOwnOnly && url.origin !== request.url.origin) {
      throw new RegistryError(
        'unsupported',
        `${request.url.origin} sends us to another host for ${request.url.pathname}.`,
      );
    }
    const { credentials, ...rest } = hop;
    hop = { ...rest, url, ...(url.origin === hop.url.origin && credentials ? { credentials } : {}) };
  }
}
