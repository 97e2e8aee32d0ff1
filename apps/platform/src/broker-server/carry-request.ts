import { Readable } from 'node:stream';
import { requestHeaders, type BrokerFailure } from '@plimsoll/contracts';
import { wait } from '@plimsoll/runtime';
import {
  isRepeatable,
  TunnelError,
  type Carrier,
  type TunnelDirectory,
  type TunnelRequest,
  type TunnelResponse,
} from '@plimsoll/tunnel';

/** How long a request that no client has waits for one that was there a moment ago, and how often it looks. */
const returns = { waitMs: 3_000, lookMs: 100 } as const;

/** Which tunnels a request was given to, so that it is given to each only once. */
export class Attempts {
  readonly #tunnels = new Set<string>();
  readonly #clients = new Set<string>();
  #last: Carrier | undefined;

  readonly isExcluded = (tunnel: { readonly id: string; readonly clientId: string }): boolean =>
    this.#tunnels.has(tunnel.id) || this.#clients.has(tunnel.clientId);

  begin(carrier: Carrier): void {
    this.#tunnels.add(carrier.id);
    this.#last = carrier;
  }

  /** Whether nobody was asked, or only clients that were just leaving. */
  isUntaken(last: TunnelError | TunnelResponse | undefined): boolean {
    if (last === undefined) return this.#last === undefined;
    return last instanceof TunnelError && last.isUnseen;
  }

  /** Asks none of the other tunnels of the client that was asked last: it would say the same. */
  leaveClient(): void {
    if (this.#last) this.#clients.add(this.#last.client.clientId);
  }
}

/**
 * Gives a request to one client after another until one takes it: the least busy first. It moves on when no agent can
 * have seen it, and also when an agent may have, as far as the request may be repeated (RFC 9110, 9.2.2).
 * @param attempts tunnels that are left out, and to which those are added that were asked.
 * @returns undefined when there is nobody (more) to ask.
 * @throws {TunnelError} of the last client asked, or the signal's reason.
 */
export async function carryRequest(
  directory: TunnelDirectory,
  integrationId: string,
  request: TunnelRequest,
  attempts = new Attempts(),
): Promise<TunnelResponse | undefined> {
  let last: TunnelError | TunnelResponse | undefined;
  const started = performance.now();
  for (;;) {
    const carrier = await directory.pick(integrationId, attempts.isExcluded);
    if (!carrier) {
      const isWaiting = performance.now() - started < returns.waitMs && attempts.isUntaken(last);
      if (!isWaiting || !(await directory.isReturning(integrationId))) break;
      await wait(returns.lookMs, request.signal);
      continue;
    }
    if (last && !(last instanceof TunnelError)) last.body.destroy();
    attempts.begin(carrier);
    const leaveThis = (tunnel: { id: string; clientId: string }) =>
      attempts.isExcluded(tunnel) || tunnel.clientId === carrier.client.clientId;
    try {
      last = await carrier.request({
        ...request,
        mayMove: () => directory.hasReady(integrationId, leaveThis),
      });
      if (!isUnhanded(last, request)) return last;
      attempts.leaveClient();
    } catch (error) {
      if (!(error instanceof TunnelError) || !movesOn(error, request)) throw error;
      last = error;
    }
  }
  if (last instanceof TunnelError) throw last;
  return last;
}

/** Whether a request that failed so may be given to another client. */
export function movesOn(error: TunnelError, request: TunnelRequest): boolean {
  if (error.code === 'no-connection') return true;
  const isLost = error.code === 'client-disconnected' || error.code === 'unreachable';
  return isLost && (error.isUnseen || isRepeatable(request));
}

/** The broker client says that its agent does not answer: asked again is what it has not handed over, or may repeat. */
function isUnhanded({ headers }: TunnelResponse, request: TunnelRequest): boolean {
  if (headers[requestHeaders.brokerFailure] !== ('unreachable' satisfies BrokerFailure)) return false;
  // A body that streams is gone by now.
  const isUnseen = headers[requestHeaders.brokerUnseen] === '1' && !(request.body instanceof Readable);
  return isUnseen || isRepeatable(request);
}
