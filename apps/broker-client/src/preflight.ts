import { readFileSync } from 'node:fs';
import type { WebhookState } from '@plimsoll/contracts';
import type { DialerState } from '@plimsoll/tunnel';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerClientError } from './broker-client-error.ts';
import type { BrokerClientConfig } from './config.ts';
import { sendRequest, type Route } from './send-request.ts';
import type { SystemCheck } from './system-check.ts';

export type PreflightDeps = {
  readonly config: BrokerClientConfig;
  readonly inside: Route;
  readonly outside: Route;
  /** How the tunnel is by now. */
  readonly dialerState: () => DialerState;
  readonly systemCheck: () => Promise<SystemCheck>;
  readonly webhook: () => WebhookState;
};

/** What one check found; a remedy wherever it did not pass. */
export type PreflightCheck = {
  readonly id: 'platform' | 'token' | 'agent' | 'registry' | 'clock' | 'files' | 'webhook';
  readonly verdict: 'passed' | 'failed' | 'unknown';
  readonly found: string;
  readonly remedy?: string;
};

/** Longest time of one check, milliseconds: somebody waits for the table. */
const checkTimeoutMs = 10_000;

const dialerPollMs = 100;

/** Tokens of clouds commonly tolerate five minutes; certificates that were just issued, less. */
const maxClockSkewSeconds = 60;

/** A request and a callback have two connections each, and there may be 128 requests at once. */
const minOpenFiles = 1_024;

/** Looks at everything that the broker client needs, all at once. Never throws: what cannot be told is `unknown`. */
export async function preflight(deps: PreflightDeps): Promise<PreflightCheck[]> {
  const [asked, ...others] = await Promise.all([
    askPlatform(deps),
    checkToken(deps),
    checkAgent(deps),
    checkRegistry(deps),
  ]);
  return [
    asked.check,
    ...others,
    checkClock(asked.date, asked.at),
    checkFiles(readLimits()),
    { id: 'webhook', verdict: 'passed', found: deps.webhook().found },
  ];
}

async function askPlatform({
  config,
  outside,
}: PreflightDeps): Promise<{ check: PreflightCheck; date?: string | undefined; at: Date }> {
  const { status, date, found } = await probe(outside, below(config.BROKER_SERVER_URL, '/healthcheck'));
  const at = new Date();
  if (status === 200) return { check: { id: 'platform', verdict: 'passed', found }, date, at };
  const remedy = 'Check BROKER_SERVER_URL, and HTTPS_PROXY, NO_PROXY and CA_CERT when a proxy is between.';
  return { check: { id: 'platform', verdict: 'failed', found, remedy }, date, at };
}

async function checkToken({ dialerState }: PreflightDeps): Promise<PreflightCheck> {
  const deadline = performance.now() + checkTimeoutMs;
  while (!['open', 'refused', 'stopped'].includes(dialerState()) && performance.now() < deadline) {
    await sleep(dialerPollMs, undefined, { ref: false });
  }
  const state = dialerState();
  if (state === 'open') return { id: 'token', verdict: 'passed', found: 'the tunnel is open' };
  if (state === 'refused') {
    const remedy =
      'Set BROKER_TOKEN to the token of this integration; make a new one on its page if it is lost.';
    return { id: 'token', verdict: 'failed', found: 'the platform does not accept it', remedy };
  }
  const remedy =
    'The log says what opening the tunnel failed with. Where a proxy lets no WebSocket through: BROKER_TRANSPORT=auto.';
  return { id: 'token', verdict: 'unknown', found: 'the tunnel did not open', remedy };
}

async function checkAgent({ config, inside }: PreflightDeps): Promise<PreflightCheck> {
  const { status, found } = await probe(inside, below(config.CR_AGENT_URL, '/healthcheck'));
  if (status === 200) return { id: 'agent', verdict: 'passed', found };
  const remedy = 'Is the agent running? Check CR_AGENT_URL, and that no firewall is between.';
  return { id: 'agent', verdict: 'failed', found, remedy };
}

async function checkRegistry({ systemCheck }: PreflightDeps): Promise<PreflightCheck> {
  const { ok, brokerClientValidationUrlStatusCode: status, error } = await systemCheck();
  if (ok) return { id: 'registry', verdict: 'passed', found: 'the agent gets in' };
  const answer = status === undefined ? '' : ` (status ${status})`;
  const remedy =
    'Check CR_TYPE, CR_BASE and the credentials; ask /validate-credentials of the agent for the cause.';
  return { id: 'registry', verdict: 'failed', found: `${error ?? 'no'}${answer}`, remedy };
}

/** @param date the `date` header of the platform's answer. */
export function checkClock(date: string | undefined, now: Date): PreflightCheck {
  const skewMs = Math.abs(Date.parse(date ?? '') - now.getTime());
  if (Number.isNaN(skewMs)) return { id: 'clock', verdict: 'unknown', found: 'the platform told no time' };
  const skewSeconds = Math.round(skewMs / 1000);
  const found = `${skewSeconds} s from the platform's`;
  if (skewSeconds <= maxClockSkewSeconds) return { id: 'clock', verdict: 'passed', found };
  return { id: 'clock', verdict: 'failed', found, remedy: 'Set the clock of this host, for example by NTP.' };
}

/** @param limits the text of `/proc/self/limits` (proc(5)). */
export function checkFiles(limits: string | undefined): PreflightCheck {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? '')?.[1];
  if (soft === undefined) return { id: 'files', verdict: 'unknown', found: 'this system tells no limit' };
  const found = `${soft} open files`;
  if (soft === 'unlimited' || Number(soft) >= minOpenFiles) return { id: 'files', verdict: 'passed', found };
  return { id: 'files', verdict: 'failed', found, remedy: `Allow ${minOpenFiles} or more (ulimit -n).` };
}

/** The checks as a table for people, with the remedies below it. */
export function preflightTable(checks: readonly PreflightCheck[]): string {
  const rows = checks.map(({ id, verdict, found }) => `  ${id.padEnd(8)}  ${verdict.padEnd(7)}  ${found}`);
  const remedies = checks.flatMap(({ id, remedy }) => (remedy ? [`  ${id}: ${remedy}`] : []));
  return ['preflight', ...rows, ...remedies, ''].join('\n');
}

type Probed = {
  readonly status?: number | undefined;
  readonly date?: string | undefined;
  readonly found: string;
};

async function probe(route: Route, url: URL): Promise<Probed> {
  try {
    const answer = await sendRequest(route, {
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      idleTimeoutMs: checkTimeoutMs,
      signal: AbortSignal.timeout(checkTimeoutMs),
    });
    answer.on('error', () => undefined).destroy();
    const { statusCode: status, headers } = answer;
    return { status, date: headers.date, found: `${url.origin} answers ${status}` };
  } catch (error) {
    const why = error instanceof BrokerClientError ? error.message : `no answer within ${checkTimeoutMs} ms`;
    return { found: `${url.origin}: ${why}` };
  }
}

function below(base: string, path: string): URL {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url;
}

function readLimits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return undefined;
  }
}
