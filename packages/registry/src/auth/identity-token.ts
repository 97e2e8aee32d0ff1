import type { RegistryCredentials } from '@plimsoll/contracts';
import type { TokenRequest } from './token-source.ts';

/**
 * Gives the identity token (refresh token) that tokens are asked for with instead of a user name and password
 * (distribution, OAuth2 token authentication).
 */
export type IdentityToken = (request: TokenRequest, signal: AbortSignal) => Promise<string>;

/** The user name that docker's own credential files have beside an identity token. */
const identityUser = '<token>';

/** The identity token that was configured as a password; undefined when that is a password. */
export function configuredIdentityToken({
  username,
  password,
}: RegistryCredentials): IdentityToken | undefined {
  return username === identityUser && password !== undefined ? () => Promise.resolve(password) : undefined;
}
