/** Why a request is refused; `errors.ts` turns each code into a status. */
export type ProblemCode =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'unsupported-media-type'
  | 'rate-limited'
  | 'unavailable';

/** Which part of the request is at fault: a JSON pointer into the document, or the name of a parameter. */
export type ProblemSource = { readonly pointer?: string; readonly parameter?: string };

/** A request that cannot be answered as asked. The message is shown to the caller. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: ProblemCode;
  readonly source: ProblemSource | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ProblemCode,
    message: string,
    options: { source?: ProblemSource; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.source = options.source;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The problem of something that does not exist, or that the caller may not see: both look the same. */
export function notFound(what: string): ApiProblem {
  return new ApiProblem('not-found', `${what} was not found`);
}
