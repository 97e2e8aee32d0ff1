/**
 * `not-found`: there is nothing at the location. `unavailable`: it could not be fetched. `too-large`: it exceeds a
 * limit. `invalid`: it is no archive of advisories.
 */
export type AdvisoriesErrorCode = 'not-found' | 'unavailable' | 'too-large' | 'invalid';

/** A feed could not be read at all; single broken records are faults in the stream instead. */
export class AdvisoriesError extends Error {
  override readonly name = 'AdvisoriesError';
  readonly code: AdvisoriesErrorCode;
  /** When the other side asked to come again, in milliseconds from then. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: AdvisoriesErrorCode,
    message: string,
    options?: ErrorOptions & { readonly retryAfterMs?: number },
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}
