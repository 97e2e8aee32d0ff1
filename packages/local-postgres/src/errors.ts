export type LocalPostgresErrorCode =
  | 'unsupported-platform'
  | 'unreachable-directory'
  | 'start-failed'
  | 'stop-failed'
  | 'backup-failed';

/** The server could not be prepared, started or stopped; the message says what to do. */
export class LocalPostgresError extends Error {
  override readonly name = 'LocalPostgresError';
  readonly code: LocalPostgresErrorCode;

  constructor(code: LocalPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
