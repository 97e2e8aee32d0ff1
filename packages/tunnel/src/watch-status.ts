import { setTimeout as sleep } from 'node:timers/promises';
import { ClientStatus, clientStatusPath, tunnelHeaders } from '@plimsoll/contracts';
import { json } from 'node:stream/consumers';
import type { Tunnel } from './tunnel.ts';

/** How often a client tells its slots. A frozen client is passed over at the latest after twice this time, 10 s. */
export const statusEveryMs = 5_000;

const maxStatusBytes = 16 * 1024;

/** Asks the client for its status, again and again until the tunnel is gone; one that does not answer is suspect. */
export async function watchStatus(
  tunnel: Tunnel,
  everyMs: number,
  replicas: () => number = () => 1,
): Promise<void> {
  const gone = new AbortController();
  void tunnel.closed.then(() => gone.abort());
  while (tunnel.isOpen) {
    try {
      tunnel.status = await askStatus(tunnel, everyMs, replicas());
      tunnel.isSuspect = false;
    } catch {
      tunnel.isSuspect = true;
    }
    await sleep(everyMs, undefined, { signal: gone.signal, ref: false }).catch(() => undefined);
  }
}

async function askStatus(tunnel: Tunnel, timeoutMs: number, replicas: number): Promise<ClientStatus> {
  const { status, body } = await tunnel.request({
    method: 'GET',
    path: clientStatusPath,
    headers: { [tunnelHeaders.replicas]: String(replicas) },
    headersTimeoutMs: timeoutMs,
    idleTimeoutMs: timeoutMs,
    maxBodyBytes: maxStatusBytes,
  });
  if (status !== 200) {
    body.destroy();
    throw new Error(`the client answered ${status} instead of its status`);
  }
  return ClientStatus.parse(await json(body));
}
