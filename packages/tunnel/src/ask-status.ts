import { json } from 'node:stream/consumers';
import { ClientStatus, clientStatusPath } from '@plimsoll/contracts';
import type { Carrier, TunnelRequest } from './request.ts';

const maxStatusBytes = 16 * 1024;

/**
 * Asks a client how it is; undefined when it answers with anything but its status, as older products do.
 * @param timeoutMs longest wait for the answer, and longest silence within it.
 * @throws {TunnelError} or the signal's reason.
 */
export async function askStatus(
  carrier: Pick<Carrier, 'request'>,
  timeoutMs: number,
  more: Pick<TunnelRequest, 'headers' | 'signal'> = {},
): Promise<ClientStatus | undefined> {
  const { status, body } = await carrier.request({
    method: 'GET',
    path: clientStatusPath,
    headersTimeoutMs: timeoutMs,
    idleTimeoutMs: timeoutMs,
    maxBodyBytes: maxStatusBytes,
    ...more,
  });
  if (status !== 200) {
    body.destroy();
    return undefined;
  }
  try {
    return ClientStatus.safeParse(await json(body)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
