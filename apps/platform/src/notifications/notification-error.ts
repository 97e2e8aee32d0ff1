/**
 * Why a message was not delivered: `refused-address` (it may not be sent there), `unreachable`, `refused` (the receiver
 * answered, but no), `not-configured` (the platform lacks a setting). The first and the last do not pass by waiting.
 */
export type NotificationErrorCode = 'refused-address' | 'unreachable' | 'refused' | 'not-configured';

/** A message was not delivered; the text is for the people who set the channel up, and holds no secret. */
export class NotificationError extends Error {
  override readonly name = 'NotificationError';
  readonly code: NotificationErrorCode;
  /** Trying again is of no use. */
  readonly isLasting: boolean;

  constructor(
    code: NotificationErrorCode,
    message: string,
    options: ErrorOptions & { readonly isLasting?: boolean } = {},
  ) {
    super(message, options);
    this.code = code;
    this.isLasting = options.isLasting ?? (code === 'refused-address' || code === 'not-configured');
  }
}
