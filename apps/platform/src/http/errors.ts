import { randomUUID } from 'node:crypto';
import { jsonApiMediaType, type ApiError, type ErrorDocument } from '@plimsoll/contracts';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { SortKeyError } from '../database/read-slice.ts';
import { ApiProblem, notFound, type ProblemCode, type ProblemSource } from './api-problem.ts';

/** The one place where codes become status numbers. */
const statusOf: Readonly<Record<ProblemCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'unsupported-media-type': 415,
  'rate-limited': 429,
  unavailable: 503,
};

/** What fastify itself refuses, in our codes. */
const codeOfFastifyError: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
};

/** Most faults that an answer tells: a document can be wrong in a hundred thousand places. */
const maxFaults = 100;

type Fault = { detail: string; source?: ProblemSource };

/** Answers every error of the API in the form of the side it happened on: JSON:API below /rest, else v1's. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { code, faults, retryAfterSeconds } = read(error);
    if (code === undefined) request.log.error({ err: error }, 'request failed');
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    return send(request, reply, code, faults);
  });
  app.setNotFoundHandler((request, reply) => {
    const { message } = notFound(`${request.method} ${request.url.split('?')[0]}`);
    return send(request, reply, 'not-found', [{ detail: message }]);
  });
}

/** Whether a path belongs to the older API, whose errors look differently. */
export function isV1(url: string): boolean {
  return /^\/(?:api\/)?v1\//.test(url);
}

function read(error: FastifyError): {
  code: ProblemCode | undefined;
  faults: Fault[];
  retryAfterSeconds?: number | undefined;
} {
  if (error instanceof ApiProblem) {
    const { code, message, source, retryAfterSeconds } = error;
    return { code, faults: [{ detail: message, ...(source && { source }) }], retryAfterSeconds };
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    return {
      code: 'invalid',
      faults: error.validation
        .flatMap((issue) => faultsOf(error.validationContext, issue))
        .slice(0, maxFaults),
    };
  }
  if (error instanceof SortKeyError || isDataException(error)) {
    return { code: 'invalid', faults: [{ detail: 'The request holds a value that cannot be used here' }] };
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return { code: codeOfFastifyError[error.code] ?? 'invalid', faults: [{ detail: error.message }] };
  }
  return { code: undefined, faults: [{ detail: 'The platform could not answer; the log has the reason' }] };
}

/**
 * A value of the request that PostgreSQL refuses: a NUL in a text, a made-up cursor (class 22 of
 * https://www.postgresql.org/docs/current/errcodes-appendix.html). Schemas catch all others before.
 */
function isDataException(error: Error & { code?: unknown; severity?: unknown }): boolean {
  return typeof error.severity === 'string' && typeof error.code === 'string' && /^22...$/.test(error.code);
}

/** The faults of a request that its schema refused. An unknown member is pointed at itself, not at its parent. */
function faultsOf(
  context: string | undefined,
  issue: { instancePath: string; message?: string | undefined; params?: unknown },
): Fault[] {
  const path = issue.instancePath === '/' ? '' : issue.instancePath;
  const { keys } = (issue.params ?? {}) as { keys?: readonly string[] };
  if (keys) {
    return keys.map((key) => at(context, `${path}/${escape(key)}`, `${key.slice(0, 100)} is not known here`));
  }
  return [at(context, path, issue.message ?? 'is not valid')];
}

function at(context: string | undefined, path: string, detail: string): Fault {
  if (context === 'body') return { detail, source: { pointer: path } };
  return { detail, source: { parameter: path.slice(1).replaceAll('/', '.') } };
}

/** A member's name inside a JSON pointer (RFC 6901, section 3). */
function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 100);
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ProblemCode | undefined,
  faults: readonly Fault[],
): FastifyReply {
  const status = code ? statusOf[code] : 500;
  reply.code(status);
  // The body is written here: a route's response schemas describe what it answers when all is well.
  if (isV1(request.url)) {
    const message = faults.map((one) => one.detail).join('; ');
    return reply
      .type('application/json; charset=utf-8')
      .serializer((body) => JSON.stringify(body))
      .send({ code: status, message, errorRef: request.id });
  }
  const errors: ApiError[] = faults.map(({ detail, source }) => ({
    id: randomUUID(),
    status: String(status),
    code: code ?? 'internal',
    title: titleOf(code),
    detail,
    ...(source && { source }),
  }));
  const body: ErrorDocument = { jsonapi: { version: '1.0' }, errors };
  return reply
    .type(jsonApiMediaType)
    .serializer((document) => JSON.stringify(document))
    .send(body);
}

function titleOf(code: ProblemCode | undefined): string {
  const words = (code ?? 'internal error').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
