import { isIP } from 'node:net';
import { getDomain } from 'tldts';
import type { EgressRules } from '../http/egress-rules.ts';
import { hostOf, type RegistryBase } from '../registry-base.ts';
import { RegistryError } from '../registry-error.ts';

/**
 * Reads the realm of a Bearer challenge: where our user name and password would be sent to. A registry must not name
 * any place for that, so the realm is at the registry's own registrable domain (addresses, `localhost` and other
 * single-label names: exactly the registry's host) or at a host that the configuration trusts.
 * @throws {RegistryError} `egress-refused`, or `invalid-answer` when the realm is no address.
 */
export function checkTokenRealm(realm: string, base: RegistryBase, egress: EgressRules): URL {
  const url = URL.parse(realm);
  if (!url || url.username || url.password) {
    throw new RegistryError(
      'invalid-answer',
      `The registry at ${base.origin} names a token server that is not an address.`,
    );
  }
  egress.checkUrl(url);
  const host = hostOf(url);
  if (host !== base.host && !egress.trusts(host) && !isSameDomain(host, base.host)) {
    throw new RegistryError(
      'egress-refused',
      `The registry at ${base.origin} wants our credentials sent to ${url.origin}, which is another domain. Trust that host if it is meant.`,
    );
  }
  return url;
}

function isSameDomain(a: string, b: string): boolean {
  if (isIP(a) || isIP(b)) return false;
  const domain = getDomain(a, { allowPrivateDomains: true });
  return domain !== null && domain === getDomain(b, { allowPrivateDomains: true });
}
