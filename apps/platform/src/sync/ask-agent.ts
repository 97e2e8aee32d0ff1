import { backoffDelayMs, wait } from '@plimsoll/runtime';
import { AgentCallError } from '../broker-server/agent-client.ts';

/** How often a call is tried that the registry put off. */
const maxTries = 5;

const pause = { firstMs: 500, capMs: 15_000 } as const;

/** Longest pause that a registry may ask for within a pass, milliseconds; beyond it the pass ends and comes again. */
const maxRetryAfterMs = 60_000;

/** Makes a call to an agent, and makes it again after a pause when the registry is busy or slow for a moment. */
export async function askAgent<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!mayPass(error) || attempt + 1 >= maxTries) throw error;
      const retryAfterMs = error.retryAfterMs ?? 0;
      if (retryAfterMs > maxRetryAfterMs) throw error;
      await wait(Math.max(retryAfterMs, backoffDelayMs(pause, attempt)), signal);
    }
  }
}

function mayPass(error: unknown): error is AgentCallError {
  return (
    error instanceof AgentCallError &&
    error.code === 'agent' &&
    [429, 502, 503, 504].includes(error.status ?? 0)
  );
}

/** Whether the agent itself answered: what failed concerns what was asked for, not the way to the agent. */
export function isAgentAnswer(error: unknown): error is AgentCallError {
  return error instanceof AgentCallError && error.code === 'agent';
}
