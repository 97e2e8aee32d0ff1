import type { Http2Server } from 'node:http2';
import { backoffDelayMs, wait, type Backoff } from '@plimsoll/runtime';
import type { DialOptions } from './dial.ts';
import type { HeldTunnels } from './held-tunnels.ts';
import type { Transport } from './link.ts';
import { openConnection, type ConnectionEnd } from './open-connection.ts';
import { untilPlatformAnswers } from './probe-platform.ts';
import { serveConnection, type ServedConnection } from './serve-connection.ts';

const defaultBackoff: Backoff = { firstMs: 100, capMs: 30_000 };
const defaultRefusedBackoff: Backoff = { firstMs: 30_000, capMs: 300_000 };

/** A connection that lasted this long was a good one: the next loss begins again at the shortest delay. */
const goodConnectionMs = 30_000;

/** RFC 9110, 15.5.20: this replica holds a tunnel of this client already; the balancer may choose another one. */
const misdirectedStatus = 421;

/** After so many dials that all led to one replica it is worth a line in the log. */
const misdirectedBeforeTold = 12;

export type Keeper = {
  readonly options: DialOptions;
  readonly held: HeldTunnels;
  readonly server: Http2Server;
  /** Which of the client's tunnels this is, from 0. */
  readonly place: number;
  readonly signal: AbortSignal;
};

/** Dials one of the client's tunnels again and again, whenever it is wanted, until the signal aborts. */
export async function keepTunnel(keeper: Keeper): Promise<void> {
  const { options, held, place, signal } = keeper;
  let failures = 0;
  let refusals = 0;
  let misdirections = 0;
  /** Since when the platform has not answered; undefined while it does. */
  let awaySince: number | undefined;

  while (!signal.aborted) {
    if (!held.isWanted(place)) {
      await held.change(signal).catch(() => undefined);
      continue;
    }
    const hadNone = held.open === 0;
    if (hadNone) held.waitingState = 'connecting';
    const end = await holdOnce(keeper);
    if (signal.aborted) break;

    if (end.wasOpen) refusals = misdirections = 0;
    if (end.openMs >= goodConnectionMs) failures = 0;
    awaySince = isAway(end) ? (awaySince ?? performance.now()) : undefined;

    const isRefused = end.status === 401 || end.status === 403;
    if (hadNone || held.open === 0) held.waitingState = isRefused ? 'refused' : 'waiting';
    if (end.status === misdirectedStatus) misdirections += 1;
    const delayMs = isRefused
      ? refusedDelayMs(options.refusedBackoff ?? defaultRefusedBackoff, refusals++)
      : backoffDelayMs(options.backoff ?? defaultBackoff, failures++);
    logEnd(options, end, delayMs, misdirections);
    await pause(keeper, delayMs, awaySince, held.open === 0);
  }
}

/** Holds the tunnel once. Resolves when it is gone, or when the platform begins to close it. */
function holdOnce({ options, held, server, place, signal }: Keeper): Promise<ConnectionEnd> {
  const { log } = options;
  return new Promise((resolve) => {
    let replicaId: string | undefined;
    let openedAt = 0;
    let forget = () => {};
    let hasLost = false;
    const lose = () => {
      if (!hasLost && openedAt > 0) held.lost(place);
      hasLost = true;
    };
    const onOpen = (connection: ServedConnection, transport: Transport) => {
      forget = held.add(connection);
      if (held.isInUse(replicaId)) {
        // Two dialled at the same time and met at one replica.
        void connection.close(0);
        return;
      }
      openedAt = performance.now();
      held.opened(place, { replicaId, transport });
      log.info({ platform: platformOf(options), replicaId, transport }, 'tunnel open');
      void connection.draining.then(() => {
        lose();
        const openMs = Math.round(performance.now() - openedAt);
        resolve({ wasOpen: true, openMs, isByPlatform: true, reason: 'the platform closes it' });
      });
    };
    const opening = openConnection(options, held.replicasInUse(), signal, {
      onAnswer: (platform) => {
        replicaId = platform.replicaId;
        held.learnReplicas(platform.replicas);
      },
      onOpen: (link, transport) => onOpen(serveConnection(server, link), transport),
    });
    void opening.then((end) => {
      forget();
      lose();
      resolve(end);
    });
  });
}

/**
 * Waits before the next try: until the delay is over, the platform that was away answers again, or the last of the
 * client's other tunnels is lost.
 */
async function pause(
  { options, held, signal }: Keeper,
  delayMs: number,
  awaySince: number | undefined,
  hasNone: boolean,
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const waits = [wait(delayMs, either)];
  if (awaySince !== undefined) waits.push(untilPlatformAnswers(options, awaySince, either));
  if (!hasNone) waits.push(untilNoneIsOpen(held, either));
  try {
    await Promise.race(waits.map((waiting) => waiting.catch(() => undefined)));
  } finally {
    over.abort();
  }
}

async function untilNoneIsOpen(held: HeldTunnels, signal: AbortSignal): Promise<void> {
  while (held.open > 0) await held.change(signal);
}

/** Nothing answered, or a balancer in the platform's place. */
function isAway({ wasOpen, status, isByPlatform }: ConnectionEnd): boolean {
  if (wasOpen || isByPlatform) return false;
  return status === undefined || [502, 503, 504].includes(status);
}

/** Half the delay is kept: a refused client never asks in a hot loop, whatever the jitter. */
function refusedDelayMs(backoff: Backoff, attempt: number): number {
  const half = { firstMs: backoff.firstMs / 2, capMs: backoff.capMs / 2 };
  return backoffDelayMs(half, attempt, () => 1) + backoffDelayMs(half, attempt);
}

/** An address may hold a password; its origin does not. */
function platformOf(options: DialOptions): string {
  return new URL(options.url).origin;
}

function logEnd(options: DialOptions, end: ConnectionEnd, retryInMs: number, misdirections: number): void {
  const { log } = options;
  const fields = { platform: platformOf(options), reason: end.reason, retryInMs };
  if (end.status === 401 || end.status === 403) {
    log.error(
      { ...fields, status: end.status },
      'broker token refused: it is wrong or was revoked, set BROKER_TOKEN to the one of this integration',
    );
  } else if (end.status === misdirectedStatus) {
    const level = misdirections === misdirectedBeforeTold ? 'warn' : 'debug';
    log[level]({ platform: fields.platform, retryInMs }, 'second tunnel led to the same replica again');
  } else if (end.wasOpen) log.warn({ ...fields, openMs: end.openMs }, 'tunnel lost');
  else log.warn(fields, 'tunnel could not be opened');
}
