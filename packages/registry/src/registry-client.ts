import type { Logger } from '@plimsoll/runtime';
import type { z } from 'zod';
import type { Authorizer, Credentials } from './auth/authorizer.ts';
import { parseChallenges } from './auth/challenge.ts';
import { abortedError } from './http/connection-error.ts';
import { withDeadline } from './http/deadline.ts';
import { sendFollowing } from './http/follow-redirects.ts';
import { discard, readBody } from './http/read-body.ts';
import { withRetries } from './http/retry.ts';
import { statusError } from './http/status-error.ts';
import type { HttpAnswer, Transport } from './http/transport.ts';
import type { RegistryLimits } from './limits.ts';
import { parseJson } from './parse-json.ts';
import { readJsonParts, type JsonPart, type PartsOf } from './read-json-parts.ts';
import type { RegistryBase } from './registry-base.ts';
import { RegistryError } from './registry-error.ts';

/** What is asked of a registry. */
export type RegistryRequest = {
  readonly method?: 'GET' | 'HEAD';
  readonly url: URL;
  readonly accept?: string;
  readonly range?: string;
  /** A question that is posted; it must change nothing, since it may be asked again. */
  readonly post?: { readonly type: string; readonly body: string };
  /** What a token for this request must allow, for example `repository:team/app:pull`. */
  readonly scope: string;
  /** Whether only the registry itself can answer this: no redirect to another host counts. */
  readonly isOwnOnly?: boolean;
  /** Who puts the credentials in; the registry's own authorizer unless told. */
  readonly authorizer?: Authorizer;
};

/** An answer of success, read whole. */
export type RegistryDocument = Pick<HttpAnswer, 'url' | 'headers'> & { readonly body: Buffer };

/** Of an answer of failure we look for an error code only. */
const maxErrorBytes = 64 * 1024;

/** Asks one registry: puts credentials in, follows redirects, tries again, bounds what is read. */
export class RegistryClient {
  readonly base: RegistryBase;
  readonly limits: RegistryLimits;
  readonly authorizer: Authorizer;
  readonly log: Logger | undefined;
  readonly #transport: Transport;

  constructor(deps: {
    base: RegistryBase;
    limits: RegistryLimits;
    authorizer: Authorizer;
    transport: Transport;
    log?: Logger | undefined;
  }) {
    this.base = deps.base;
    this.limits = deps.limits;
    this.authorizer = deps.authorizer;
    this.log = deps.log;
    this.#transport = deps.transport;
  }

  /** An address of the registry: `path` begins with a slash and stands below the base's own path. */
  url(path: string, query = ''): URL {
    const url = new URL(this.base.origin + this.base.pathPrefix + path);
    url.search = query;
    return url;
  }

  /** Reads a whole document. @throws {RegistryError} for every answer that is not a success. */
  document(request: RegistryRequest, maxBytes: number, signal: AbortSignal): Promise<RegistryDocument> {
    const read = async (answer: HttpAnswer, bounded: AbortSignal) => {
      const body = await readBody(answer, maxBytes, bounded);
      return { url: answer.url, headers: answer.headers, body };
    };
    return this.#read(request, read, signal);
  }

  /**
   * Reads the lists of a JSON document part by part, see `readJsonParts`. A try that fails in the middle is made again from the
   * start, so `begin` makes what takes the parts, for each try its own.
   */
  async jsonParts<T extends { add(part: JsonPart): void }>(
    request: RegistryRequest,
    members: Readonly<Record<string, PartsOf>>,
    begin: () => T,
    signal: AbortSignal,
  ): Promise<{ value: T; headers: HttpAnswer['headers'] }> {
    const { listStreamBytes: bytes, listPartBytes: tokenBytes } = this.limits;
    const read = async (answer: HttpAnswer, bounded: AbortSignal) => {
      const value = begin();
      const limits = { bytes, tokenBytes };
      await readJsonParts(answer, members, limits, (part) => value.add(part), bounded);
      return { value, headers: answer.headers };
    };
    return this.#read({ accept: 'application/json', ...request }, read, signal);
  }

  /** Reads a JSON document by a schema. */
  async json<S extends z.ZodType>(
    request: RegistryRequest,
    schema: S,
    signal: AbortSignal,
  ): Promise<{ value: z.infer<S>; headers: HttpAnswer['headers'] }> {
    const accept = request.accept ?? 'application/json';
    const { body, headers } = await this.document({ ...request, accept }, this.limits.listPageBytes, signal);
    return { value: parseJson(body, schema, request.url), headers };
  }

  /** Asks once, without another try after a failure, and leaves the body to the caller. */
  async stream(request: RegistryRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const authorizer = request.authorizer ?? this.authorizer;
    // A refused request is made once more, with what was learned from the refusal.
    for (let isFirst = true; ; isFirst = false) {
      const credentials = await authorizer.headers(request.scope, signal);
      const { url, accept, range, post, isOwnOnly = false } = request;
      const method = post ? 'POST' : (request.method ?? 'GET');
      const headers = {
        ...(accept && { accept }),
        ...(range && { range }),
        ...(post && { 'content-type': post.type }),
      };
      const hop = { method, url, headers, credentials, isOwnOnly, ...(post && { body: post.body }) } as const;
      const answer = await sendFollowing(this.#transport, hop, signal);
      const isOwn = answer.url.origin === url.origin;
      if (answer.status >= 200 && answer.status < 300) return answer;
      const isStale = answer.status === 401 || (answer.status === 403 && authorizer.isStaleBy403);
      if (isStale && isOwn && isFirst) {
        const challenges = parseChallenges(answer.headers['www-authenticate']);
        if (authorizer.learn(challenges, request.scope, credentials)) {
          discard(answer.body);
          continue;
        }
      }
      const error = await this.#failure(answer, signal);
      throw isOwn ? explained(error, authorizer, credentials) : elsewhere(error, answer);
    }
  }

  /** Asks until it is answered with success, as often as the limits allow, and reads the answer within its time. */
  #read<T>(
    request: RegistryRequest,
    read: (answer: HttpAnswer, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const attempt = async (bounded: AbortSignal) => read(await this.stream(request, bounded), bounded);
    const { documentTimeoutMs } = this.limits;
    return withRetries(this.limits, () => withDeadline(documentTimeoutMs, signal, attempt), this.log, signal);
  }

  /** What an answer of failure stands for. Its body only adds a word, so a slow one is not waited for. */
  async #failure(answer: HttpAnswer, signal: AbortSignal): Promise<RegistryError> {
    // Distribution announces the whole blob with a 416 and sends nothing of it.
    if (answer.status === 416) {
      answer.body.on('error', () => undefined).destroy();
      return statusError(answer, '');
    }
    const timer = setTimeout(() => answer.body.destroy(), this.limits.errorBodyTimeoutMs);
    const body = await readBody(answer, maxErrorBytes, signal).catch(() => undefined);
    clearTimeout(timer);
    return signal.aborted ? abortedError(signal, answer.url) : statusError(answer, body?.toString() ?? '');
  }
}

/** Tells apart why a registry refuses: nobody asked to come in, a wrong password, a missing right. */
function explained(error: RegistryError, authorizer: Authorizer, credentials: Credentials): RegistryError {
  if (error.code !== 'unauthorized') return error;
  if (authorizer.isKnown) {
    return new RegistryError('forbidden', `${error.message} The account lacks the right to read this.`);
  }
  const why =
    Object.keys(credentials).length === 0
      ? 'It asks for a user name and password, and none that fit were given.'
      : 'It refused our user name and password, or token.';
  return new RegistryError('unauthorized', `${error.message} ${why}`);
}

/** An address that the registry signed for us and that is refused has run out: the registry gives a new one when asked again. */
function elsewhere(error: RegistryError, { url }: HttpAnswer): RegistryError {
  if (error.code !== 'unauthorized' && error.code !== 'forbidden') return error;
  return new RegistryError('unavailable', `${url.origin}, where the registry sent us, refused the request.`);
}
