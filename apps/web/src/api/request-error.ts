export type RequestErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'rate-limited'
  | 'refused'
  | 'unavailable'
  | 'unreachable'
  | 'timeout'
  | 'unexpected-answer';

/** A request to the platform failed. The message is a sentence for the person at the page. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: RequestErrorCode;
  /** How long the platform asks to wait, seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: RequestErrorCode,
    message: string,
    options: ErrorOptions & { retryAfterSeconds?: number | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** Whether the same request may work in a moment. */
  get isPassing(): boolean {
    return this.code === 'unavailable' || this.code === 'unreachable' || this.code === 'timeout';
  }
}

/** Whether a request failed because the session is over; the way to the sign-in page has begun then. */
export function isSignedOut(error: Error): boolean {
  return error instanceof RequestError && error.code === 'unauthorized';
}

/** The code for an HTTP status that is not a success. */
export function codeOfStatus(status: number): RequestErrorCode {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 409:
      return 'conflict';
    case 429:
      return 'rate-limited';
    default:
      return status >= 500 ? 'unavailable' : 'refused';
  }
}
