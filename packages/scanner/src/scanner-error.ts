/**
 * `too-large`: over `maxImageSizeBytes`, nothing was pulled. `invalid-image`: what describes the image cannot be
 * read. `cancelled`: the signal was aborted. `source`: the source failed; `cause` tells how, and a retry may help.
 */
export type ScannerErrorCode = 'too-large' | 'invalid-image' | 'cancelled' | 'source';

/** An image could not be scanned at all. What could not be read *within* an image is a warning of its inventory. */
export class ScannerError extends Error {
  override readonly name = 'ScannerError';
  readonly code: ScannerErrorCode;

  constructor(code: ScannerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Wraps what a source threw; an error that is ours already stays as it is. */
export function sourceError(error: unknown, message: string): ScannerError {
  return error instanceof ScannerError ? error : new ScannerError('source', message, { cause: error });
}
