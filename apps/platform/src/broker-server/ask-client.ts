import type { ClientStatus } from '@plimsoll/contracts';
import { askStatus, TunnelError, type TunnelDirectory } from '@plimsoll/tunnel';

/** A client asks its agent for three seconds. */
const timeoutMs = 5_000;

/** Asks one of an integration's clients, at whatever replica, how it is; undefined when none can tell. */
export async function askClient(
  directory: TunnelDirectory,
  integrationId: string,
  signal: AbortSignal,
): Promise<ClientStatus | undefined> {
  const carrier = await directory.pick(integrationId);
  if (!carrier) return undefined;
  try {
    return await askStatus(carrier, timeoutMs, { signal });
  } catch (error) {
    if (error instanceof TunnelError) return undefined;
    throw error;
  }
}
