import type { Role } from '@plimsoll/contracts';

/** Who makes a request: a person with a session, or a service account with a token. */
export type Principal = {
  readonly kind: 'user' | 'service_account';
  readonly id: string;
  readonly name: string;
  readonly email?: string;
  /** The caller's role in each organization it belongs to, by the organization's id. */
  readonly roles: ReadonlyMap<string, Role>;
  /** How it came in. Only browsers send cookies by themselves, so only sessions need protection from other sites. */
  readonly via: 'session' | 'token';
  /** The personal token that a person came in with. */
  readonly personalToken?: { readonly id: string; readonly name: string };
};
