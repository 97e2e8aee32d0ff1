import { requestHeaders, type HopError } from '@plimsoll/contracts';
import { BrokerClientError, type BrokerClientErrorCode } from './broker-client-error.ts';

export type OwnAnswer = {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
};

const statusOf: Readonly<Record<BrokerClientErrorCode, number>> = {
  blocked: 401,
  timeout: 504,
  unreachable: 502,
  'too-large': 502,
};

/** The answer that the broker client makes up itself, marked so that nobody takes it for the agent's or the platform's. */
export function ownAnswer(error: BrokerClientError, url: string): OwnAnswer {
  const body: HopError & { url?: string } =
    error.code === 'blocked'
      ? { code: 'FILTER_BLOCKED', message: 'blocked', reason: error.message, url: url.slice(0, 1_024) }
      : { code: error.code, message: error.message };
  return {
    status: statusOf[error.code],
    headers: {
      'content-type': 'application/json',
      [requestHeaders.brokerFailure]: error.code,
      ...(error.isUnseen && { [requestHeaders.brokerUnseen]: '1' }),
    },
    body: JSON.stringify(body),
  };
}

/** What went wrong, as a failure of the broker client; undefined when it is none, but a bug. */
export function failureOf(error: unknown): BrokerClientError | undefined {
  if (error instanceof BrokerClientError) return error;
  // A body that was cut short: the connection behind it broke.
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  const isCutShort = /^(?:ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE|HPE_.*)$/.test(code);
  return isCutShort
    ? new BrokerClientError('unreachable', `the connection failed: ${code}`, { cause: error })
    : undefined;
}
