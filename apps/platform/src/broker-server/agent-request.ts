import { agentRoutes, requestHeaders, substituteBodyKey, type AgentRouteName } from '@plimsoll/contracts';
import type { TunnelRequest } from '@plimsoll/tunnel';
import type { z } from 'zod';
import { routeLimits } from './route-limits.ts';

type Routes = typeof agentRoutes;
type Query = Record<string, string | number | undefined>;

/** What the broker client fills in; the platform never learns the values. */
const callbackUrls = {
  callbackUrl: '${BROKER_CLIENT_URL}/api/v2/import/result',
  doneUrl: '${BROKER_CLIENT_URL}/api/v2/import/done',
} as const;

type QueryOf<R> = R extends { query: infer Q extends z.ZodType } ? { readonly query?: z.input<Q> } : object;
type RepositoryOf<R> = R extends { path: `${string}/*` } ? { readonly repository: string } : object;
type BodyOf<R> = R extends { body: infer B extends z.ZodType }
  ? {
      readonly body: Omit<z.input<B>, keyof typeof callbackUrls> &
        Partial<Record<keyof typeof callbackUrls, string>>;
    }
  : object;

/** What a call says, besides the route and the integration. */
export type AgentCall<N extends AgentRouteName> = QueryOf<Routes[N]> &
  RepositoryOf<Routes[N]> &
  BodyOf<Routes[N]> & {
    /** Goes through all hops, into their logs; made up when absent. */
    readonly requestId?: string;
  };

/** Makes the HTTP request of a call, with placeholders where the broker client fills in what is its own. */
export function agentRequest<N extends AgentRouteName>(
  name: N,
  call: AgentCall<N>,
  requestId: string,
): TunnelRequest & { readonly headers: Record<string, string> } {
  const route: { method: string; path: string; credentials: boolean } = agentRoutes[name];
  const { query, repository, body } = call as {
    query?: Query;
    repository?: string;
    body?: object;
  };
  return {
    method: route.method,
    path: pathOf(route.path, repository) + queryOf(query),
    headers: {
      accept: 'application/json',
      [requestHeaders.requestId]: requestId,
      ...(route.credentials && {
        authorization: '${CR_CREDENTIALS}',
        [requestHeaders.substituteHeaders]: 'authorization',
      }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && {
      body: JSON.stringify({ ...callbackUrls, ...body, [substituteBodyKey]: Object.keys(callbackUrls) }),
    }),
    ...routeLimits[name],
  };
}

function pathOf(path: string, repository: string | undefined): string {
  if (!path.endsWith('/*')) return path;
  const segments = (repository ?? '').split('/').map(encodeURIComponent);
  return `${path.slice(0, -1)}${segments.join('/')}`;
}

function queryOf(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size > 0 ? `?${parameters.toString()}` : '';
}
