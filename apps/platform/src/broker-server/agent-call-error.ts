import type { BrokerFailure } from '@plimsoll/contracts';

/**
 * Why a call to an agent brought no usable answer: one of the broker's own failures, `agent` when the agent answered
 * with an error (`status`, `reason`), or `invalid-answer` when its answer is not what the contract says.
 */
export type AgentCallErrorCode = BrokerFailure | 'agent' | 'invalid-answer';

type Details = ErrorOptions & {
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly retryAfterMs?: number | undefined;
};

/** A call to an agent failed, with a code from a closed list. */
export class AgentCallError extends Error {
  override readonly name = 'AgentCallError';
  readonly code: AgentCallErrorCode;
  /** The agent's status, of code `agent`; 429 says that every agent asked is busy. */
  readonly status: number | undefined;
  /** The agent's or the broker's own code for it, as far as it told one. */
  readonly reason: string | undefined;
  /** When to ask again, of status 429 and 503. */
  readonly retryAfterMs: number | undefined;

  constructor(code: AgentCallErrorCode, message: string, details: Details = {}) {
    super(message, details);
    this.code = code;
    this.status = details.status;
    this.reason = details.reason;
    this.retryAfterMs = details.retryAfterMs;
  }
}
