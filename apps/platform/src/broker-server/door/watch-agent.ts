import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentHealth } from '@plimsoll/contracts';
import type { DeployedClient } from './deployed-client.ts';

/** How often a client is asked; one that is frozen is passed over after twice this time. */
const everyMs = 5_000;

const maxHealthBytes = 16 * 1024;

/** Asks for the agent's health through the client until that is gone; a client that gives no answer is suspect. */
export async function watchAgent(connection: DeployedClient): Promise<void> {
  const gone = new AbortController();
  void connection.closed.then(() => gone.abort());
  while (connection.isOpen) {
    try {
      const { status, body } = await connection.request({
        method: 'GET',
        path: '/healthcheck',
        headers: { accept: 'application/json' },
        headersTimeoutMs: everyMs,
        idleTimeoutMs: everyMs,
        maxBodyBytes: maxHealthBytes,
      });
      connection.isSuspect = false;
      // Another product's agent, or none at all, tells no slots.
      const health = AgentHealth.safeParse(await json(body).catch(() => undefined));
      const agent = health.success ? { version: health.data.version, slots: health.data.slots } : null;
      connection.status = agent || status !== 200 ? { ...connection.client, agent } : undefined;
    } catch {
      connection.isSuspect = true;
    }
    await sleep(everyMs, undefined, { signal: gone.signal, ref: false }).catch(() => undefined);
  }
}
