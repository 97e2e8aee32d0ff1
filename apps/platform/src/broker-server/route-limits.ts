import { agentRoutes, bodyLimits, type AgentRouteName } from '@plimsoll/contracts';
import type { TunnelRequest } from '@plimsoll/tunnel';

/** How long an answer may take to begin, how long it may be silent, and how large it may be. */
export type RouteLimits = Required<
  Pick<TunnelRequest, 'headersTimeoutMs' | 'idleTimeoutMs' | 'maxBodyBytes'>
>;

/** An answer of a few hundred bytes, which the agent has at once. */
const short: RouteLimits = limits(5_000, 5_000);

/** The agent asks the registry one thing, or takes an order. */
const single: RouteLimits = limits(30_000, 10_000);

/** A page of a listing, which the registry may take long for; the agent itself gives up after 60 s. */
const listing: RouteLimits = limits(70_000, 30_000);

/** What is not the contract's: what it is nobody here knows, and it may be large. */
const raw = limits(60_000, 60_000);

export const routeLimits: Readonly<Record<AgentRouteName, RouteLimits>> = {
  health: short,
  systemCheck: single,
  validateCredentials: single,
  listRepositories: listing,
  listTags: listing,
  listTagsPaginated: listing,
  listTagsWithMetadata: listing,
  imageMetadata: listing,
  stateIdentifier: listing,
  scan: single,
  discover: single,
};

/**
 * The limits of a raw request: those of the contract's route that it is for, else those of raw ones.
 * @param path with or without a query. What it means is decided by the broker client; here it only sets limits.
 * @param maxRawBytes largest body where the contract has no route.
 */
export function limitsOf(method: string, path: string, maxRawBytes: number): RouteLimits {
  const [plain = ''] = path.split('?', 1);
  for (const [name, route] of Object.entries(agentRoutes)) {
    const isMeant = route.path.endsWith('*')
      ? plain.startsWith(route.path.slice(0, -1))
      : plain === route.path;
    if (isMeant && route.method === method) return routeLimits[name as AgentRouteName];
  }
  return { ...raw, maxBodyBytes: maxRawBytes };
}

function limits(headersTimeoutMs: number, idleTimeoutMs: number): RouteLimits {
  return { headersTimeoutMs, idleTimeoutMs, maxBodyBytes: bodyLimits.agentResponse };
}
