import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import {
  agentRoutes,
  BrokerFailure,
  HopError,
  requestHeaders,
  type AgentRouteName,
} from '@plimsoll/contracts';
import { TunnelError, type TunnelDirectory, type TunnelRequest, type TunnelResponse } from '@plimsoll/tunnel';
import type { z } from 'zod';
import { AgentCallError } from './agent-call-error.ts';
import { agentRequest, type AgentCall } from './agent-request.ts';
import { Attempts, carryRequest, movesOn } from './carry-request.ts';

export { AgentCallError } from './agent-call-error.ts';

/** Typed calls to the agent behind an integration's broker clients. */
export type AgentClient = {
  /**
   * Calls a route of the agent and reads its answer by the contract. A request that no agent has seen, a question
   * (GET) whose client was lost, and a scan that an agent has no slot for move on to the integration's other clients;
   * nothing else is sent twice.
   * @throws {AgentCallError} or the signal's reason.
   */
  call<N extends AgentRouteName>(
    name: N,
    integrationId: string,
    call: AgentCall<N>,
    signal?: AbortSignal,
  ): Promise<z.infer<(typeof agentRoutes)[N]['response']>>;
};

/** How an observer is told about a finished call. */
export type CallObserver = (route: AgentRouteName, outcome: string, seconds: number) => void;

/** Wait before asking a busy agent again when it does not say, milliseconds. */
const defaultRetryAfterMs = 5_000;

/** Makes the client that calls agents through the tunnels of a directory. */
export function createAgentClient(directory: TunnelDirectory, observe: CallObserver): AgentClient {
  return {
    async call(name, integrationId, call, signal) {
      const started = performance.now();
      let outcome = 'ok';
      try {
        const request = {
          ...agentRequest(name, call, call.requestId ?? randomUUID()),
          ...(signal && { signal }),
        };
        const body = await send(directory, integrationId, request);
        return readAnswer(agentRoutes[name].response as z.ZodType, body) as never;
      } catch (error) {
        outcome = error instanceof AgentCallError ? error.code : 'aborted';
        throw error;
      } finally {
        observe(name, outcome, (performance.now() - started) / 1000);
      }
    },
  };
}

async function send(
  directory: TunnelDirectory,
  integrationId: string,
  request: TunnelRequest,
): Promise<string> {
  const attempts = new Attempts();
  let last = new AgentCallError('no-connection', 'No broker client of this integration is connected.');
  for (;;) {
    const answer = await sendOnce(directory, integrationId, request, attempts);
    if (answer === undefined) throw last;
    if (typeof answer === 'string') return answer;
    if (!answer.movesOn) throw answer.failure;
    // Of several refusals a busy agent's says more than a client that was just leaving.
    if (last.status !== 429 || answer.failure.status === 429) last = answer.failure;
  }
}

/** Asks a client. Answers with the body, with what went wrong, or with nothing when there is nobody to ask. */
async function sendOnce(
  directory: TunnelDirectory,
  integrationId: string,
  request: TunnelRequest,
  attempts: Attempts,
): Promise<string | { failure: AgentCallError; movesOn: boolean } | undefined> {
  try {
    const response = await carryRequest(directory, integrationId, request, attempts);
    if (!response) return undefined;
    const body = await text(response.body);
    const failure = failureOf(response, body);
    if (!failure) return body;
    const isBusy = failure.status === 429 && request.method === 'POST';
    if (isBusy) attempts.leaveClient();
    return { failure, movesOn: isBusy };
  } catch (error) {
    if (!(error instanceof TunnelError)) throw error;
    const failure = new AgentCallError(error.code, `The agent could not be asked: ${error.message}.`, {
      cause: error,
    });
    return { failure, movesOn: movesOn(error, request) };
  }
}

function failureOf({ status, headers }: TunnelResponse, body: string): AgentCallError | undefined {
  const told = BrokerFailure.safeParse(headers[requestHeaders.brokerFailure]);
  if (!told.success && status >= 200 && status < 300) return undefined;
  const parsed = HopError.safeParse(parseJson(body));
  const error = parsed.success ? parsed.data : undefined;
  if (told.success) {
    return new AgentCallError(told.data, error?.message ?? `The broker client answered ${status}.`, {
      reason: error?.reason ?? error?.code,
    });
  }
  return new AgentCallError('agent', error?.message ?? `The agent answered ${status}.`, {
    status,
    reason: error?.code,
    ...(status === 429 || status === 503 ? { retryAfterMs: retryAfterMs(headers['retry-after']) } : {}),
  });
}

function readAnswer(schema: z.ZodType, body: string): unknown {
  const parsed = schema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AgentCallError(
    'invalid-answer',
    `The agent's answer is not what the contract says: ${issue?.path.join('.') || 'document'}: ${issue?.message}.`,
  );
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Seconds only: the agent sends no dates. */
function retryAfterMs(header: string | undefined): number {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : defaultRetryAfterMs;
}
