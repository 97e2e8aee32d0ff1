import type { Logger } from '@plimsoll/runtime';
import { z } from 'zod';
import { sendFollowing } from '../http/follow-redirects.ts';
import { readBody } from '../http/read-body.ts';
import { withRetries } from '../http/retry.ts';
import { statusError } from '../http/status-error.ts';
import type { Transport } from '../http/transport.ts';
import { untilAborted } from '../http/until-aborted.ts';
import { parseJson } from '../parse-json.ts';
import type { RegistryLimits } from '../limits.ts';
import { RegistryError } from '../registry-error.ts';
import { basicHeader, type BasicCredentials } from './authorizer.ts';

/** What a token is asked for. Empty texts are left out of the request. */
export type TokenRequest = { readonly realm: URL; readonly service: string; readonly scope: string };

const TokenAnswer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().optional(),
});

/** Life of a token that does not tell its own, seconds (distribution, token specification). */
const defaultLifeSeconds = 60;
/** The part of its life after which a token is replaced, so that it does not end on the way or within a long answer. */
const freshPart = 0.75;
const maxTokens = 1_000;

type Entry = { readonly token: Promise<string>; freshUntil: number };

/** Fetches Bearer tokens, keeps them while they are fresh, and shares one fetch among all who wait for it. */
export class TokenSource {
  readonly #transport: Transport;
  readonly #limits: RegistryLimits;
  readonly #credentials: BasicCredentials | undefined;
  readonly #log: Logger | undefined;
  readonly #entries = new Map<string, Entry>();
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
  }

  /** Whether a token server gave a token for user name and password. */
  get credentialsAccepted(): boolean {
    return this.#credentialsAccepted;
  }

  /** @throws {RegistryError} `unauthorized` when the token server refuses, or as a request fails. */
  token(request: TokenRequest, signal: AbortSignal): Promise<string> {
    const key = keyOf(request);
    const cached = this.#entries.get(key);
    if (cached && performance.now() < cached.freshUntil) return untilAborted(cached.token, signal);
    const fetched = this.#fetch(request);
    // Shared with others as soon as it is under way.
    const entry: Entry = { token: fetched.then(({ token }) => token), freshUntil: Number.POSITIVE_INFINITY };
    this.#remember(key, entry);
    const settle = (freshMs: number) => {
      entry.freshUntil = performance.now() + freshMs;
    };
    fetched.then(
      ({ lifeMs }) => settle(lifeMs * freshPart),
      () => settle(0),
    );
    return untilAborted(entry.token, signal);
  }

  /** Drops a token that was refused. One that is being fetched stays: it is newer than the refusal. */
  forget(request: TokenRequest): void {
    const entry = this.#entries.get(keyOf(request));
    if (entry && entry.freshUntil !== Number.POSITIVE_INFINITY) entry.freshUntil = 0;
  }

  #remember(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > maxTokens) this.#entries.delete(this.#entries.keys().next().value ?? '');
  }

  /** Not ended by the signal of whoever asked first: others wait for the same token. */
  async #fetch({ realm, service, scope }: TokenRequest): Promise<{ token: string; lifeMs: number }> {
    const url = new URL(realm);
    if (service) url.searchParams.set('service', service);
    if (scope) url.searchParams.set('scope', scope);
    const credentials = this.#credentials ? { authorization: basicHeader(this.#credentials) } : {};
    const attempt = async () => {
      const signal = AbortSignal.timeout(this.#limits.documentTimeoutMs);
      const answer = await sendFollowing(this.#transport, { method: 'GET', url, credentials }, signal);
      const body = await readBody(answer, this.#limits.tokenBytes, signal);
      if (answer.status !== 200)
        throw tokenError(statusError(answer, body.toString()), url, this.#credentials);
      return body;
    };
    const signal = AbortSignal.timeout(this.#limits.documentTimeoutMs);
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
    const lifeSeconds = Math.min(answer.expires_in ?? defaultLifeSeconds, 24 * 60 * 60);
    return { token, lifeMs: Math.max(0, lifeSeconds * 1000) };
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
  if (!['unauthorized', 'forbidden', 'invalid-answer'].includes(error.code)) return error;
  const what = credentials
    ? 'refused our user name and password'
    : 'asks for a user name and password, and none were given';
  return new RegistryError('unauthorized', `The token server at ${url.origin} ${what}.`, { cause: error });
}
