import type { Logger } from '@plimsoll/runtime';
import { z } from 'zod';
import { sendFollowing } from '../http/follow-redirects.ts';
import { readBody } from '../http/read-body.ts';
import { withRetries } from '../http/retry.ts';
import { statusError } from '../http/status-error.ts';
import type { Transport } from '../http/transport.ts';
import { parseJson } from '../parse-json.ts';
import type { RegistryLimits } from '../limits.ts';
import { RegistryError } from '../registry-error.ts';
import { SharedFetches, type Fetched } from '../shared-fetches.ts';
import { basicHeader, type BasicCredentials } from './authorizer.ts';
import { freshMsOf } from './token-life.ts';

/** What a token is asked for. Empty texts are left out of the request. */
export type TokenRequest = { readonly realm: URL; readonly service: string; readonly scope: string };

const TokenAnswer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().optional(),
});

/** Fetches Bearer tokens, keeps them while they are fresh, and shares one fetch among all who wait for it. */
export class TokenSource {
  readonly #transport: Transport;
  readonly #limits: RegistryLimits;
  readonly #credentials: BasicCredentials | undefined;
  readonly #log: Logger | undefined;
  readonly #tokens: SharedFetches;
  #credentialsAccepted = false;

  constructor(deps: {
    transport: Transport;
    limits: RegistryLimits;
    credentials: BasicCredentials | undefined;
    log?: Logger | undefined;
  }) {
    this.#transport = deps.transport;
    this.#limits = deps.limits;
    this.#credentials = deps.credentials;
    this.#log = deps.log;
    this.#tokens = new SharedFetches(deps.limits.documentTimeoutMs);
  }

  /** Whether a token server gave a token for user name and password. */
  get credentialsAccepted(): boolean {
    return this.#credentialsAccepted;
  }

  /** @throws {RegistryError} `unauthorized` when the token server refuses, or as a request fails. */
  token(request: TokenRequest, signal: AbortSignal): Promise<string> {
    return this.#tokens.get(keyOf(request), (fetchSignal) => this.#fetch(request, fetchSignal), signal);
  }

  /** Drops a token that was refused. */
  forget(request: TokenRequest): void {
    this.#tokens.forget(keyOf(request));
  }

  async #fetch({ realm, service, scope }: TokenRequest, signal: AbortSignal): Promise<Fetched<string>> {
    const url = new URL(realm);
    if (service) url.searchParams.set('service', service);
    if (scope) url.searchParams.set('scope', scope);
    const credentials = this.#credentials ? { authorization: basicHeader(this.#credentials) } : {};
    const attempt = async () => {
      const answer = await sendFollowing(this.#transport, { method: 'GET', url, credentials }, signal);
      const body = await readBody(answer, this.#limits.tokenBytes, signal);
      if (answer.status !== 200)
        throw tokenError(statusError(answer, body.toString()), url, this.#credentials);
      return body;
    };
    const body = await withRetries(this.#limits, attempt, this.#log, signal);
    const answer = parseJson(body, TokenAnswer, url);
    const token = answer.token || answer.access_token;
    // Only these may stand in a header; anything else could end it and begin another.
    if (!token || !/^[\x21-\x7e]+$/.test(token)) {
      throw new RegistryError(
        'invalid-answer',
        `The token server at ${url.origin} answered without a token.`,
      );
    }
    if (this.#credentials) this.#credentialsAccepted = true;
    return { value: token, freshMs: freshMsOf(token, answer.expires_in) };
  }
}

function keyOf({ realm, service, scope }: TokenRequest): string {
  return JSON.stringify([realm.href, service, scope]);
}

function tokenError(
  error: RegistryError,
  url: URL,
  credentials: BasicCredentials | undefined,
): RegistryError {
  if (error.code === 'forbidden' && credentials) {
    const message = `The token server at ${url.origin} knows the account, but gives it no token for this.`;
    return new RegistryError('forbidden', message, { cause: error });
  }
  if (!['unauthorized', 'forbidden', 'invalid-answer'].includes(error.code)) return error;
  const what = credentials
    ? 'refused our user name and password'
    : 'asks for a user name and password, and none were given';
  return new RegistryError('unauthorized', `The token server at ${url.origin} ${what}.`, { cause: error });
}
