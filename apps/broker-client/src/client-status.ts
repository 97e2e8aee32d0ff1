import { AgentHealth, type ClientStatus, type WebhookState } from '@plimsoll/contracts';
import { readWhole } from './limit-bytes.ts';
import { sendRequest, type Route } from './send-request.ts';

/** The platform waits 5 s for a status; an agent that needs longer than this is as good as away. */
const agentTimeoutMs = 3_000;

const maxHealthBytes = 16 * 1024;

/** What this client tells the platform of itself and its agent's slots; the agent is asked each time. */
export async function clientStatus(
  client: { readonly clientId: string; readonly version: string; readonly webhook: WebhookState },
  agentUrl: URL,
  route: Route,
): Promise<ClientStatus> {
  return { ...client, agent: await askHealth(agentUrl, route).catch(() => null) };
}

async function askHealth(agentUrl: URL, route: Route): Promise<ClientStatus['agent']> {
  const url = new URL(agentUrl);
  url.pathname = `${agentUrl.pathname.replace(/\/+$/, '')}/healthcheck`;
  const answer = await sendRequest(route, {
    method: 'GET',
    url,
    headers: { accept: 'application/json' },
    idleTimeoutMs: agentTimeoutMs,
    signal: AbortSignal.timeout(agentTimeoutMs),
  });
  const health = AgentHealth.parse(JSON.parse((await readWhole(answer, maxHealthBytes)).toString('utf8')));
  return { version: health.version, slots: health.slots };
}
