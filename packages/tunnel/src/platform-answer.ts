import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { tunnelHeaders } from '@plimsoll/contracts';
import type { DialOptions } from './dial.ts';

/** What a platform tells of itself when it answers a dial; undefined when it tells nothing. */
export type PlatformIntroduction = {
  readonly replicaId: string | undefined;
  /** How many replicas take tunnels. */
  readonly replicas: number | undefined;
};

export function introductionOf(headers: IncomingHttpHeaders): PlatformIntroduction {
  const replicaId = headers[tunnelHeaders.replica];
  const replicas = Number(headers[tunnelHeaders.replicas]);
  return {
    replicaId: typeof replicaId === 'string' && replicaId !== '' ? replicaId : undefined,
    replicas: Number.isInteger(replicas) && replicas > 0 ? replicas : undefined,
  };
}

/** What a client tells of itself when it dials, with its token. */
export function dialHeaders(options: DialOptions, avoid: readonly string[]): OutgoingHttpHeaders {
  return {
    authorization: `Bearer ${options.token.reveal()}`,
    [tunnelHeaders.clientId]: options.clientId,
    [tunnelHeaders.clientVersion]: options.version,
    ...(avoid.length > 0 && { [tunnelHeaders.avoid]: avoid.join(',') }),
  };
}

/** An address below the platform's. */
export function belowPlatform(platform: string, path: string): URL {
  const url = new URL(platform);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  url.search = '';
  return url;
}

/** Messages of a proxy's refusal may quote its address, which may hold a password: only the status is taken from them. */
export function failureOf(error: NodeJS.ErrnoException & { readonly statusCode?: number }): string {
  if (error.code !== 'ERR_PROXY_TUNNEL') return error.code ?? error.message;
  const { statusCode: status = 'no status' } = error;
  if (status === 407)
    return 'the proxy answered 407: HTTPS_PROXY needs the name and the password that it wants';
  return `the proxy answered ${status}: it lets nobody through to the platform`;
}
