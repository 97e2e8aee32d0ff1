import type { Logger } from '@plimsoll/runtime';
import { z } from 'zod';
import { sendFollowing } from '../http/follow-redirects.ts';
import { readBody } from '../http/read-body.ts';
import { withRetries } from '../http/retry.ts';
import { statusError } from '../http/status-error.ts';
import type { HttpRequest, Transport } from '../http/transport.ts';
import { parseJson } from '../parse-json.ts';
import type { RegistryLimits } from '../limits.ts';
import { RegistryError } from '../registry-error.ts';
import { SharedFetches, type Fetched } from '../shared-fetches.ts';
import { ifRefused } from '../if-refused.ts';
import { basicHeader, type BasicCredentials } from './authorizer.ts';
import type { IdentityToken } from './identity-token.ts';
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
  readonly #identity: IdentityToken | undefined;
  readonly #log: Logger | undefined;
  readonly #tokens: SharedFetches;
  #credentialsAccepted = false;

  constructor(deps: {
    transport: Transport;
    limits: RegistryLimits;
    credentials: BasicCredentials | undefined;
    /** What tokens are asked for with instead of user name and password. */
    identity?: IdentityToken | undefined;
    log?: Logger | undefined;
  }) {
    this.#transport = deps.transport;
    this.#limits = deps.limits;
    this.#credentials = deps.credentials;
    this.#identity = deps.identity;
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

  async #fetch(request: TokenRequest, signal: AbortSignal): Promise<Fetched<string>> {
    const identity = await this.#identity?.(request, signal);
    const ask = (hop: HttpRequest) => this.#ask(hop, signal);
    const byPassword = () => ask(passwordRequest(request, this.#credentials));
    const body =
      identity === undefined
        ? await byPassword()
        : // Not every token server can be posted to.
          await ask(identityRequest(request, identity)).catch(
            ifRefused(['not-found', 'unsupported'], byPassword),
          );
    const url = request.realm;
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

  #ask(hop: HttpRequest, signal: AbortSignal): Promise<Buffer> {
    const attempt = async () => {
      const answer = await sendFollowing(this.#transport, hop, signal);
      const body = await readBody(answer, this.#limits.tokenBytes, signal);
      if (answer.status !== 200)
        throw tokenError(statusError(answer, body.toString()), hop.url, this.#credentials);
      return body;
    };
    return withRetries(this.#limits, attempt, this.#log, signal);
  }
}

function passwordRequest(
  { realm, service, scope }: TokenRequest,
  credentials: BasicCredentials | undefined,
): HttpRequest {
  const url = new URL(realm);
  if (service) url.searchParams.set('service', service);
  if (scope) url.searchParams.set('scope', scope);
  return { method: 'GET', url, credentials: credentials ? { authorization: basicHeader(credentials) } : {} };
}

function identityRequest({ realm, service, scope }: TokenRequest, identity: string): HttpRequest {
  const form = { grant_type: 'refresh_token', client_id: 'plimsoll', service, refresh_token: identity };
  const body = new URLSearchParams({ ...form, ...(scope && { scope }) }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url: realm, headers, body };
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
