import type { RegistryVerdict, ScanFailure } from '@plimsoll/contracts';
import { RegistryError, type RegistryErrorCode } from '@plimsoll/registry';
import { ScannerError } from '@plimsoll/scanner';
import { AgentError, type AgentErrorCode } from './agent-error.ts';

/** The HTTP status that tells a verdict. */
export function verdictStatus(verdict: RegistryVerdict): number {
  return statusOfVerdict[verdict.code];
}

const statusOfVerdict: Readonly<Record<RegistryVerdict['code'], number>> = {
  ok: 200,
  unauthorized: 401,
  forbidden: 403,
  'cannot-list': 403,
  'rate-limited': 429,
  timeout: 504,
  'not-a-registry': 502,
  tls: 502,
  unreachable: 502,
  unsupported: 502,
  error: 502,
};

/** Turns whatever a request ended with into the error that is answered. */
export function agentErrorOf(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  if (error instanceof RegistryError) {
    const { retryAfterMs } = error;
    return new AgentError(codes[error.code].answer, error.message, {
      cause: error,
      ...(retryAfterMs !== undefined && { retryAfterSeconds: Math.ceil(retryAfterMs / 1_000) }),
    });
  }
  if (isTimeout(error)) {
    return new AgentError('timeout', 'The registry did not answer in time.', { cause: error });
  }
  return new AgentError('internal', 'The agent failed; its log says why.', { cause: error });
}

/** Turns whatever a scan ended with into the failure that is reported. */
export function scanFailureOf(error: unknown): ScanFailure {
  if (error instanceof ScannerError) {
    // A source failed for a reason of its own: the registry's error is the cause.
    if (error.code === 'source') return scanFailureOf(error.cause ?? new Error(error.message));
    return { code: error.code, message: shortened(error.message), retryable: error.code === 'cancelled' };
  }
  if (error instanceof RegistryError) {
    return {
      code: codes[error.code].scan,
      message: shortened(error.message),
      retryable: error.retryable,
    };
  }
  if (isTimeout(error)) {
    return { code: 'timeout', message: 'The image could not be read in time.', retryable: true };
  }
  return { code: 'internal', message: 'The agent failed; its log says why.', retryable: true };
}

const codes: Readonly<Record<RegistryErrorCode, { answer: AgentErrorCode; scan: ScanFailure['code'] }>> = {
  unauthorized: { answer: 'unauthorized', scan: 'unauthorized' },
  forbidden: { answer: 'forbidden', scan: 'unauthorized' },
  'not-found': { answer: 'not-found', scan: 'not-found' },
  'rate-limited': { answer: 'rate-limited', scan: 'rate-limited' },
  unavailable: { answer: 'registry-unavailable', scan: 'registry-unavailable' },
  timeout: { answer: 'timeout', scan: 'timeout' },
  tls: { answer: 'registry-unavailable', scan: 'registry-unavailable' },
  'not-a-registry': { answer: 'registry-unavailable', scan: 'registry-unavailable' },
  'too-large': { answer: 'registry-unavailable', scan: 'invalid-image' },
  'digest-mismatch': { answer: 'registry-unavailable', scan: 'invalid-image' },
  'invalid-answer': { answer: 'registry-unavailable', scan: 'registry-unavailable' },
  'egress-refused': { answer: 'registry-unavailable', scan: 'registry-unavailable' },
  unsupported: { answer: 'unsupported', scan: 'unsupported' },
  cancelled: { answer: 'timeout', scan: 'cancelled' },
};

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

/** `ScanFailure` allows 2,048 characters. */
function shortened(message: string): string {
  return message.length > 2_000 ? `${message.slice(0, 2_000)}…` : message;
}
