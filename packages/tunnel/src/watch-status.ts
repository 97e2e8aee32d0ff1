import { setTimeout as sleep } from 'node:timers/promises';
import { tunnelHeaders } from '@plimsoll/contracts';
import { askStatus } from './ask-status.ts';
import type { Tunnel } from './tunnel.ts';

/** How often a client tells its slots. A frozen client is passed over at the latest after twice this time, 10 s. */
export const statusEveryMs = 5_000;

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
      const headers = { [tunnelHeaders.replicas]: String(replicas()) };
      const status = await askStatus(tunnel, everyMs, { headers });
      if (status) tunnel.status = status;
      tunnel.isSuspect = status === undefined;
    } catch {
      tunnel.isSuspect = true;
    }
    await sleep(everyMs, undefined, { signal: gone.signal, ref: false }).catch(() => undefined);
  }
}
