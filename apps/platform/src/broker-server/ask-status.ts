import { json } from 'node:stream/consumers';
import { ClientStatus, clientStatusPath } from '@plimsoll/contracts';
import { TunnelError, type TunnelDirectory } from '@plimsoll/tunnel';

/** A client asks its agent for three seconds. */
const timeoutMs = 5_000;
const maxBodyBytes = 16 * 1024;

/** Asks one of an integration's clients, at whatever replica, how it is; undefined when none can tell, as older products cannot. */
export async function askStatus(
  directory: TunnelDirectory,
  integrationId: string,
  signal: AbortSignal,
): Promise<ClientStatus | undefined> {
  const carrier = await directory.pick(integrationId);
  if (!carrier) return undefined;
  try {
    const answer = await carrier.request({
      method: 'GET',
      path: clientStatusPath,
      headersTimeoutMs: timeoutMs,
      idleTimeoutMs: timeoutMs,
      maxBodyBytes,
      signal,
    });
    if (answer.status === 200) return ClientStatus.safeParse(await json(answer.body)).data;
    answer.body.destroy();
    return undefined;
  } catch (error) {
    if (error instanceof TunnelError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
