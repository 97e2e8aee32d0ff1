import type { Challenge } from './challenge.ts';

/** How requests get their credentials. A product that has its own way brings its own authorizer. */
export type Authorizer = {
  /** The headers that let a request of this scope in, as far as known. */
  headers(scope: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Learns from the refusal (401) of a request that carried the headers `sent`. False when another try would be refused as well. */
  learn(challenges: readonly Challenge[], scope: string, sent: Readonly<Record<string, string>>): boolean;
  /** Whether credentials were accepted somewhere, so that a refusal means a missing right and not a wrong password. */
  readonly isKnown: boolean;
};

/** Sends user name and password with every request: for REST APIs that let strangers in without asking who they are. */
export function basicAuthorizer(credentials: BasicCredentials | undefined): Authorizer {
  const headers = credentials ? { authorization: basicHeader(credentials) } : {};
  return { headers: () => Promise.resolve(headers), learn: () => false, isKnown: false };
}

export type BasicCredentials = { readonly username: string; readonly password: string };

/** The value of the `authorization` header (RFC 7617). */
export function basicHeader({ username, password }: BasicCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
