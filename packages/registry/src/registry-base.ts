import { RegistryError } from './registry-error.ts';

/** Where a registry lives. */
export type RegistryBase = {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Lower case, without port; an IPv6 address without brackets. */
  readonly host: string;
  /** What stands before `/v2/`: empty, or begins with a slash and does not end with one. */
  readonly pathPrefix: string;
  /** Whether requests, redirects and token realms may use plain HTTP. */
  readonly plainHttp: boolean;
};

/**
 * Reads a base as people type it: with or without scheme, port, path prefix, `/v2/`, slash at the end.
 * @throws {RegistryError} `not-a-registry` when it cannot be an address; the message does not quote it, it may hold a password.
 */
export function parseRegistryBase(typed: string, { insecureHttp = false } = {}): RegistryBase {
  const text = typed.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
    ? text
    : `${insecureHttp ? 'http' : 'https'}://${text}`;
  const url = URL.parse(withScheme);
  if (!url || !['http:', 'https:'].includes(url.protocol) || !url.hostname) {
    throw new RegistryError(
      'not-a-registry',
      'The registry base is not an address such as registry.example.com:5000.',
    );
  }
  if (url.username || url.password) {
    throw new RegistryError(
      'not-a-registry',
      'The registry base holds a user name or password; give them as user name and password instead.',
    );
  }
  if (url.search || url.hash) {
    throw new RegistryError(
      'not-a-registry',
      'The registry base holds a query; give scheme, host, port and path only.',
    );
  }
  return {
    origin: url.origin,
    host: hostOf(url),
    pathPrefix: url.pathname.replace(/\/+$/, '').replace(/\/v2$/, ''),
    plainHttp: url.protocol === 'http:' || insecureHttp,
  };
}

/** The host of a URL in lower case, without the brackets of IPv6 and without a dot at the end. */
export function hostOf(url: URL): string {
  return url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}
