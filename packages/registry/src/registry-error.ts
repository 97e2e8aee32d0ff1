/** Why something could not be done at a registry. Callers look at this, never at the message. */
export type RegistryErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'rate-limited'
  | 'unavailable'
  | 'timeout'
  | 'tls'
  | 'not-a-registry'
  | 'too-large'
  | 'digest-mismatch'
  | 'invalid-answer'
  | 'egress-refused'
  | 'unsupported'
  | 'cancelled';

export type RegistryErrorOptions = ErrorOptions & {
  /** How long the registry asked us to stay away, milliseconds. */
  readonly retryAfterMs?: number | undefined;
};

/** A registry could not be entered or read. The message names what and where, and never holds a secret. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: RegistryErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: RegistryErrorCode,
    message: string,
    { retryAfterMs, ...options }: RegistryErrorOptions = {},
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may work later. */
  get retryable(): boolean {
    return retryableCodes.has(this.code);
  }
}

/** A damaged transfer may be whole the next time, so a wrong digest is worth another try. */
const retryableCodes: ReadonlySet<RegistryErrorCode> = new Set([
  'rate-limited',
  'unavailable',
  'timeout',
  'digest-mismatch',
  'cancelled',
]);
