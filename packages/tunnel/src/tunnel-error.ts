/**
 * Why a request through a tunnel got no whole answer.
 *
 * - `no-connection`: no tunnel takes the request; no client has seen it, so it may be sent again.
 * - `client-disconnected`: the tunnel was lost while the request was under way.
 * - `unreachable`: the client cut this one exchange short, usually because the agent behind it failed.
 * - `timeout`: no headers, or no further bytes, within the time the caller allowed.
 * - `too-large`: the answer is larger than the caller allowed.
 */
export type TunnelErrorCode =
  | 'no-connection'
  | 'client-disconnected'
  | 'unreachable'
  | 'timeout'
  | 'too-large';

/** A request through a tunnel failed, with a code from a closed list. */
export class TunnelError extends Error {
  override readonly name = 'TunnelError';
  readonly code: TunnelErrorCode;
  /** Whether it is certain that no agent has seen the request, so that another client may be asked. */
  readonly isUnseen: boolean;

  constructor(
    code: TunnelErrorCode,
    message: string,
    options: ErrorOptions & { readonly isUnseen?: boolean } = {},
  ) {
    super(message, options);
    this.code = code;
    this.isUnseen = options.isUnseen ?? code === 'no-connection';
  }
}
