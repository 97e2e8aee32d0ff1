import type { WarningCode } from '../warnings.ts';

/** Ends the reading of one layer in the middle; becomes a warning of the inventory. */
export class LayerError extends Error {
  override readonly name = 'LayerError';
  readonly code: WarningCode;

  constructor(code: WarningCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
