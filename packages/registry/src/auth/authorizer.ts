import { SharedFetches, type Fetched } from '../shared-fetches.ts';
import type { Challenge } from './challenge.ts';

/** How requests get their credentials. A product that has its own way brings its own authorizer. */
export type Authorizer = {
  /** The headers that let a request of this scope in, as far as known. */
  headers(scope: string, signal: AbortSignal): Promise<Credentials>;
  /** Learns from the refusal (401) of a request that carried the headers `sent`. False when another try would be refused as well. */
  learn(challenges: readonly Challenge[], scope: string, sent: Credentials): boolean;
  /** Whether credentials were accepted somewhere, so that a refusal means a missing right and not a wrong password. */
  readonly isKnown: boolean;
  /** Whether credentials that have run out are refused with 403 as well, and learned from. */
  readonly isStaleBy403?: boolean;
  /** The token server that was learned of; some products have their API there. */
  readonly realm?: URL | undefined;
};

/** Headers that only the origin they are meant for may see. */
export type Credentials = Readonly<Record<string, string>>;

export type BasicCredentials = { readonly username: string; readonly password: string };

/** Sends the same headers with every request: for REST APIs that let strangers in without asking who they are. */
export function fixedAuthorizer(headers: Credentials): Authorizer {
  return { headers: () => Promise.resolve(headers), learn: () => false, isKnown: false };
}

/** Sends user name and password with every request. */
export function basicAuthorizer(credentials: BasicCredentials | undefined): Authorizer {
  return fixedAuthorizer(credentials ? { authorization: basicHeader(credentials) } : {});
}

/** Sends headers that have to be fetched before and live for a while only. Refused ones are fetched anew, once per request. */
export function fetchedAuthorizer(
  fetch: (signal: AbortSignal) => Promise<Fetched<Credentials>>,
  timeoutMs: number,
): Authorizer {
  const fetches = new SharedFetches(timeoutMs);
  let isKnown = false;
  return {
    async headers(_scope, signal) {
      const headers = await fetches.get('headers', fetch, signal);
      isKnown = true;
      return headers;
    },
    learn() {
      fetches.forget('headers');
      return true;
    },
    get isKnown() {
      return isKnown;
    },
  };
}

/** The value of the `authorization` header (RFC 7617). */
export function basicHeader({ username, password }: BasicCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
