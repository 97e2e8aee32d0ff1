import type { BrokerFailure } from '@plimsoll/contracts';

/**
 * The broker client answers itself instead of the agent or the platform: `blocked` by the allow-list, `timeout` or
 * `unreachable` where it sent the request on, `too-large` a body on either way.
 */
export type BrokerClientErrorCode = Exclude<BrokerFailure, 'no-connection' | 'client-disconnected'>;

/** A request was not carried out, with a code from a closed list. The message goes to the caller and quotes no secret. */
export class BrokerClientError extends Error {
  override readonly name = 'BrokerClientError';
  readonly code: BrokerClientErrorCode;
  /** Whether it is certain that nothing of the request was handed on, so that another client may be asked. */
  readonly isUnseen: boolean;

  constructor(
    code: BrokerClientErrorCode,
    message: string,
    options: ErrorOptions & { readonly isUnseen?: boolean } = {},
  ) {
    super(message, options);
    this.code = code;
    this.isUnseen = options.isUnseen ?? false;
  }
}
