import { BrokerClientError } from './broker-client-error.ts';
import type { HeldCredentials } from './registry-credentials.ts';
import { sendRequest, type Route } from './send-request.ts';

export type SystemCheckOptions = {
  readonly url: URL;
  readonly method: string;
  readonly timeoutMs: number;
  readonly credentials: HeldCredentials;
  readonly route: Route;
};

/** One entry of `/systemcheck`, under the names that people's monitoring reads. */
export type SystemCheck = {
  readonly brokerClientValidationUrl: string;
  readonly brokerClientValidationMethod: string;
  readonly brokerClientValidationTimeoutMs: number;
  readonly brokerClientValidationUrlStatusCode?: number;
  readonly ok: boolean;
  readonly error?: string;
  readonly maskedCredentials: string;
};

/** Asks whether the agent can enter the registry with this client's credentials. Never throws. */
export async function systemCheck(options: SystemCheckOptions): Promise<SystemCheck> {
  const { url, method, timeoutMs, credentials, route } = options;
  const asked = {
    brokerClientValidationUrl: withoutUserInfo(url),
    brokerClientValidationMethod: method,
    brokerClientValidationTimeoutMs: timeoutMs,
    maskedCredentials: `*** (${credentials.type})`,
  };
  try {
    const answer = await sendRequest(route, {
      method,
      url,
      headers: { authorization: credentials.header.reveal(), accept: 'application/json' },
      idleTimeoutMs: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
    });
    // The agent's own words may be about anything; the status says what matters.
    answer.destroy();
    const status = answer.statusCode ?? 0;
    return { ...asked, brokerClientValidationUrlStatusCode: status, ...verdict(status) };
  } catch (error) {
    const message = error instanceof BrokerClientError ? error.message : `no answer within ${timeoutMs} ms`;
    return { ...asked, ok: false, error: message };
  }
}

function verdict(status: number): { ok: boolean; error?: string } {
  if (status >= 200 && status < 300) return { ok: true };
  const isRefused = status === 401 || status === 403;
  return { ok: false, error: isRefused ? 'Failed due to invalid credentials' : 'Status code is not 2xx' };
}

/** An address as it may be shown. */
export function withoutUserInfo(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}
