import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { Secret } from '@plimsoll/runtime';
import { requestDefaults, type TunnelRequest } from './request.ts';
import { TunnelError, type TunnelErrorCode } from './tunnel-error.ts';

// The hop between two replicas of a platform: HTTP/2 over TCP. The request as it is to go through the tunnel, and
// headers of ours that say which tunnel, within which limits, and that another replica asks.

const prefix = 'x-plimsoll-hop-';
const names = {
  tunnel: `${prefix}tunnel`,
  time: `${prefix}time`,
  signature: `${prefix}signature`,
  limits: `${prefix}limits`,
  mayMove: `${prefix}may-move`,
  failure: `${prefix}failure`,
  unseen: `${prefix}unseen`,
} as const;

/** How far the clocks of two replicas may differ, and how long a signature that was seen may be used again. */
const maxAgeMs = 60_000;

const failures = new Set<string>([
  'no-connection',
  'client-disconnected',
  'unreachable',
  'timeout',
  'too-large',
] satisfies TunnelErrorCode[]);

/** What the headers of a hop say. */
export type HopRequest = {
  readonly tunnelId: string;
  readonly limits: Required<Pick<TunnelRequest, 'headersTimeoutMs' | 'idleTimeoutMs' | 'maxBodyBytes'>>;
  readonly mayMove: boolean;
};

/**
 * The headers that ask another replica to send a request through a tunnel that it holds. The shared key itself does
 * not travel: it signs the time, the tunnel, the method and the path (HMAC-SHA-256).
 */
export function hopHeaders(
  key: Secret,
  tunnelId: string,
  request: TunnelRequest,
  mayMove: boolean,
  now = Date.now(),
): OutgoingHttpHeaders {
  const limits = { ...requestDefaults, ...definedLimits(request) };
  return {
    ...request.headers,
    [names.tunnel]: tunnelId,
    [names.time]: String(now),
    [names.signature]: sign(key, [String(now), tunnelId, request.method, request.path]).toString('hex'),
    [names.limits]: [limits.headersTimeoutMs, limits.idleTimeoutMs, limits.maxBodyBytes].join(','),
    ...(mayMove && { [names.mayMove]: '1' }),
  };
}

/** Reads the headers of a hop; undefined when they are not signed with the key, or not lately. */
export function readHop(
  key: Secret,
  { method, path, headers }: { method: string; path: string; headers: IncomingHttpHeaders },
  now = Date.now(),
): HopRequest | undefined {
  const [tunnelId, time, signature] = [names.tunnel, names.time, names.signature].map((name) =>
    textOf(headers[name]),
  );
  if (!tunnelId || !time || !/^[0-9a-f]{64}$/.test(signature ?? '')) return undefined;
  const isSigned = timingSafeEqual(
    Buffer.from(signature ?? '', 'hex'),
    sign(key, [time, tunnelId, method, path]),
  );
  if (!isSigned || !(Math.abs(now - Number(time)) <= maxAgeMs)) return undefined;
  const [headersTimeoutMs, idleTimeoutMs, maxBodyBytes] = (textOf(headers[names.limits]) ?? '')
    .split(',')
    .map(Number);
  if (!isLimit(headersTimeoutMs) || !isLimit(idleTimeoutMs) || !isLimit(maxBodyBytes)) return undefined;
  const limits = { headersTimeoutMs, idleTimeoutMs, maxBodyBytes };
  return { tunnelId, limits, mayMove: headers[names.mayMove] === '1' };
}

/** Headers without those of the connection and of the hop, in either direction. */
export function withoutHop(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | string[]] =>
        entry[1] !== undefined &&
        !entry[0].startsWith(prefix) &&
        !entry[0].startsWith(':') &&
        entry[0] !== 'expect',
    ),
  );
}

/** The headers by which a replica says that the tunnel brought no answer. */
export function failureHeaders({ code, isUnseen }: TunnelError): OutgoingHttpHeaders {
  return { [names.failure]: code, ...(isUnseen && { [names.unseen]: '1' }) };
}

/** The failure that another replica tells of; undefined when it passes on an answer. */
export function readFailure(headers: IncomingHttpHeaders): TunnelError | undefined {
  const code = textOf(headers[names.failure]);
  if (code === undefined) return undefined;
  const known = failures.has(code) ? (code as TunnelErrorCode) : 'unreachable';
  return new TunnelError(known, `the replica that holds the tunnel says: ${known}`, {
    isUnseen: headers[names.unseen] === '1',
  });
}

function sign(key: Secret, parts: readonly string[]): Buffer {
  return createHmac('sha256', key.reveal()).update(parts.join('\n')).digest();
}

function definedLimits({ headersTimeoutMs, idleTimeoutMs, maxBodyBytes }: TunnelRequest) {
  return {
    ...(headersTimeoutMs !== undefined && { headersTimeoutMs }),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
  };
}

function isLimit(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value > 0;
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
