import type { HopError } from '@plimsoll/contracts';

export type AgentErrorCode =
  | 'invalid-request'
  | 'no-credentials'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'slots-full'
  | 'rate-limited'
  | 'stopping'
  | 'unsupported'
  | 'registry-unavailable'
  | 'timeout'
  | 'internal';

/** Why the agent could not answer. The message is meant for a person and holds no credentials. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: AgentErrorCode,
    message: string,
    options: ErrorOptions & { retryAfterSeconds?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The HTTP status of the answer. */
  get status(): number {
    return statusOf[this.code];
  }

  /** The body of the answer. */
  get body(): HopError {
    return { code: this.code, message: this.message };
  }
}

const statusOf: Readonly<Record<AgentErrorCode, number>> = {
  'invalid-request': 400,
  'no-credentials': 401,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'slots-full': 429,
  'rate-limited': 429,
  stopping: 503,
  unsupported: 501,
  'registry-unavailable': 502,
  timeout: 504,
  internal: 500,
};
