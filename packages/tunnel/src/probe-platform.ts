import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { wait } from '@plimsoll/runtime';
import type { DialOptions } from './dial.ts';
import { belowPlatform } from './platform-answer.ts';

/** Where a platform says that it lives; needs no token and costs it next to nothing. */
const healthPath = '/healthcheck';

/** Longest wait for one answer, milliseconds: a lost packet of the connection is sent again after 1 s. */
const probeTimeoutMs = 2_000;

/** Pauses between probes: a twentieth of the time that the platform has been away, within these bounds. */
const pauses = { share: 0.05, firstMs: 500, capMs: 3_000 } as const;

/**
 * The pause before the next look whether the platform is back, milliseconds. Never longer than a twentieth of its
 * absence or 3 s, so that a client is back soon although it has learned to dial rarely; half of it is jitter.
 * @param awayMs how long the platform has been away.
 */
export function probePauseMs(awayMs: number, random = Math.random): number {
  const longest = Math.min(pauses.capMs, Math.max(pauses.firstMs, awayMs * pauses.share));
  return Math.round(longest * (0.5 + random() / 2));
}

/** Looks again and again whether the platform answers, and resolves when it does. Rejects when aborted. */
export async function untilPlatformAnswers(
  options: Pick<DialOptions, 'url' | 'agent' | 'tls'>,
  awaySince: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await wait(probePauseMs(performance.now() - awaySince), signal);
    if (await answers(options, signal)) return;
  }
}

/** Whether the platform answers, and not a balancer in its place. */
function answers(
  { url, agent, tls }: Pick<DialOptions, 'url' | 'agent' | 'tls'>,
  signal: AbortSignal,
): Promise<boolean> {
  const target = belowPlatform(url, healthPath);
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const request = send(target, {
      ...tls,
      agent: agent ?? false,
      headers: { connection: 'close' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(probeTimeoutMs)]),
    });
    request.on('response', (response) => {
      resolve((response.statusCode ?? 500) < 500);
      response.destroy();
    });
    request.on('error', () => resolve(false));
    request.end();
  });
}
