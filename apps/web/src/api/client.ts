import { ErrorDocument, jsonApiMediaType, type Links, pageOf } from '@plimsoll/contracts';
import type { z } from 'zod';
import { codeOfStatus, RequestError } from './request-error.ts';

/** The release of the REST API that this page was written for. */
const apiVersion = '2025-11-05';

/** A question is answered from the database; half a minute means that something is wrong. */
const answerTimeoutMs = 30_000;

/** A connection check walks to the registry and back, and each hop has its own limit. */
const walkTimeoutMs = 120_000;

/** Largest page the API gives. */
const pageSize = 100;

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** One page of a listing; `next` asks for the following one. */
export type Page<T> = {
  readonly items: readonly T[];
  readonly next: string | undefined;
  readonly count: number | undefined;
};

/**
 * Reads a document below `/rest`.
 * @throws {RequestError}
 */
export function read<T>(
  path: string,
  answer: z.ZodType<T>,
  signal: AbortSignal,
  query: Query = {},
): Promise<T> {
  return exchange('GET', addressOf(path, query), answer, undefined, AbortSignal.any([signal, limit()]));
}

/**
 * Reads one page of a listing below `/rest`.
 * @throws {RequestError}
 */
export async function readPage<T extends z.ZodType>(
  path: string,
  item: T,
  query: Query,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<z.infer<T>>> {
  const address = addressOf(path, { limit: pageSize, ...query, starting_after: cursor });
  const page = await exchange('GET', address, pageOf(item), undefined, AbortSignal.any([signal, limit()]));
  return { items: page.data, next: cursorOf(page.links), count: page.meta?.count };
}

/**
 * Sends a document below `/rest` and reads the answer, or nothing where `answer` is undefined.
 * @throws {RequestError}
 */
export function send<T>(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
  answer?: z.ZodType<T>,
): Promise<T> {
  return exchange(method, addressOf(path, {}), answer, body, limit(walkTimeoutMs));
}

/** The cursor inside a page's link to the next one; undefined on the last page. */
export function cursorOf(links: Links, name = 'starting_after'): string | undefined {
  if (!links.next) return undefined;
  return new URL(links.next, 'http://platform').searchParams.get(name) ?? undefined;
}

/** The address of a request: path, version and the parameters that have a value. */
export function addressOf(path: string, query: Query): string {
  const params = new URLSearchParams({ version: apiVersion });
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === false) continue;
    params.set(name, typeof value === 'object' ? value.join(',') : String(value));
  }
  return `/rest${path}?${params}`;
}

async function exchange<T>(
  method: string,
  address: string,
  answer: z.ZodType<T> | undefined,
  body: object | undefined,
  signal: AbortSignal,
): Promise<T> {
  const headers: Record<string, string> = { accept: jsonApiMediaType };
  if (body) headers['content-type'] = jsonApiMediaType;
  const init: RequestInit = { method, headers, signal, credentials: 'same-origin' };
  if (body) init.body = JSON.stringify(body);

  try {
    const response = await fetch(address, init);
    if (!response.ok) throw await failureOf(response);
    if (!answer) return undefined as T;
    const document = answer.safeParse(await response.json());
    if (document.success) return document.data;
    throw new RequestError('unexpected-answer', 'The platform gave an answer that this page cannot read.', {
      cause: document.error,
    });
  } catch (error) {
    throw inWords(error);
  }
}

async function failureOf(response: Response): Promise<RequestError> {
  const document = ErrorDocument.safeParse(await response.json().catch(() => undefined));
  const detail = document.data?.errors[0]?.detail ?? `The platform answered with status ${response.status}.`;
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new RequestError(codeOfStatus(response.status), detail, {
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined,
  });
}

function inWords(error: unknown): unknown {
  if (error instanceof RequestError) return error;
  if (!(error instanceof Error) || error.name === 'AbortError') return error;
  if (error.name === 'TimeoutError') {
    return new RequestError('timeout', 'The platform did not answer in time.', { cause: error });
  }
  if (error instanceof SyntaxError) {
    return new RequestError('unexpected-answer', 'The answer did not come from the platform.', {
      cause: error,
    });
  }
  return new RequestError('unreachable', 'The platform cannot be reached.', { cause: error });
}

function limit(ms = answerTimeoutMs): AbortSignal {
  return AbortSignal.timeout(ms);
}
