import type { AgentRouteName, Inventory, ScanRequest } from '@plimsoll/contracts';
import { AgentCallError, type AgentClient } from '../broker-server/agent-client.ts';

/** Why a call to the agent fails in a test; undefined lets it through. */
export type AgentFault = (
  route: AgentRouteName,
  subject: string,
  cursor: string | undefined,
) => AgentCallError | undefined;

/** A call to the agent, whatever its route. */
type AnyCall = {
  query?: { cursor?: string | undefined; repository?: string; reference?: string } | undefined;
  body?: object;
  repository?: string;
};

/** A digest made of one hex letter. */
export function digestOf(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}

/**
 * A registry in memory and an agent that reads it, without the tunnel between. `onScan` is told of each scan that the
 * agent accepts.
 */
export function startFakeAgent(onScan: (request: ScanRequest) => void) {
  /** repository -> tag -> digest */
  const registry = new Map<string, Map<string, string>>();
  /** `repository:tag` -> when it was pushed, where the registry tells. */
  const pushedAt = new Map<string, Date>();
  const agent = freshAgent();

  function page<T>(entries: readonly T[], query: AnyCall['query']) {
    const start = Number(query?.cursor ?? 0);
    const end = start + agent.pageSize;
    const more = end < entries.length ? { nextCursor: String(end) } : {};
    return { entries: entries.slice(start, end), end: { ...more, complete: true, warnings: [] } };
  }

  function answer(route: AgentRouteName, { query, body, repository: inPath }: AnyCall): unknown {
    const repository = inPath ?? query?.repository ?? '';
    agent.calls.push(`${route} ${repository}`.trim());
    if (!agent.isConnected) throw new AgentCallError('no-connection', 'No broker client is connected.');
    const fault = agent.fault(route, repository, query?.cursor);
    if (fault) throw fault;
    const tags = registry.get(repository);
    switch (route) {
      case 'listRepositories': {
        const { entries, end } = page([...registry.keys()], query);
        return { repositories: entries.map((name) => ({ name })), ...end };
      }
      case 'listTagsWithMetadata': {
        const { entries, end } = page([...(tags ?? [])], query);
        const shown = entries.map(([name, digest]) => ({
          name,
          ...timeOf(pushedAt.get(`${repository}:${name}`)),
          ...(agent.tellsDigests && { digest }),
        }));
        return { repository, tags: shown, ...end };
      }
      case 'stateIdentifier': {
        const reference = query?.reference ?? '';
        const digest = tags?.get(reference);
        if (!digest) throw new AgentCallError('agent', 'not found', { status: 404 });
        return { repository, reference, digest };
      }
      case 'scan': {
        const request = body as ScanRequest;
        if (agent.busy >= agent.slots) {
          throw new AgentCallError('agent', 'full', { status: 429, retryAfterMs: 1_000 });
        }
        agent.busy += 1;
        agent.scanned.push(`${request.repository} ${request.reference}`);
        onScan(request);
        return { scanId: request.scanId, status: 'running', repeated: false };
      }
      default:
        throw new Error(`a sync does not call ${route}`);
    }
  }

  const agentClient: AgentClient = {
    call: async (route, _integrationId, call) => {
      await agent.beforeAnswer?.(route, (call as AnyCall).repository ?? '');
      return answer(route, call as AnyCall) as never;
    },
  };

  return {
    registry,
    pushedAt,
    agent,
    agentClient,
    /** Another agent at another registry, which is empty. */
    reset(): void {
      Object.assign(agent, freshAgent());
      registry.clear();
      pushedAt.clear();
    },
    /** Puts tags into a repository of the registry: `push('team/web', {v1: digest})`. */
    push(repository: string, tags: Record<string, string>): void {
      registry.set(repository, new Map([...(registry.get(repository) ?? []), ...Object.entries(tags)]));
    },
  };
}

function timeOf(time: Date | undefined) {
  return time ? { pushedAt: time.toISOString(), pushedAtKind: 'manifest' } : { pushedAtKind: 'absent' };
}

function freshAgent() {
  return {
    slots: 2,
    busy: 0,
    tellsDigests: true,
    isConnected: true,
    pageSize: 2,
    fault: (() => undefined) as AgentFault,
    /** What happens before the agent answers. */
    beforeAnswer: undefined as ((route: AgentRouteName, repository: string) => Promise<void>) | undefined,
    /** What becomes of a scan: its inventory, the failure that is told, or undefined when nothing is ever told. */
    scanning: ((request) => inventoryOf(request.reference)) as (
      request: ScanRequest,
    ) => Inventory | Error | undefined,
    /** Every scan that was accepted, by what was asked for. */
    scanned: [] as string[],
    calls: [] as string[],
  };
}

/** An inventory with two packages, one of them in every image. */
export function inventoryOf(reference: string): Inventory {
  const digest = reference.startsWith('sha256:') ? reference : digestOf('f');
  const layer = digestOf('0');
  const common = {
    evidence: 'installed' as const,
    layer,
    locations: [{ path: 'var/lib/dpkg/status', layer }],
  };
  return {
    schemaVersion: 1,
    digest,
    platform: 'linux/amd64',
    os: { id: 'debian', versionId: '12' },
    layers: [{ digest: layer, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', sizeBytes: 1_000 }],
    config: {},
    packages: [
      { purl: 'pkg:deb/debian/openssl@3.0.11', type: 'deb', name: 'openssl', version: '3.0.11', ...common },
      {
        purl: `pkg:npm/left-pad@1.0.${digest.charCodeAt(7)}`,
        type: 'npm',
        name: 'left-pad',
        version: `1.0.${digest.charCodeAt(7)}`,
        ...common,
      },
    ],
    warnings: [],
    scanner: { version: '1', analyzers: { dpkg: 1, npm: 1 } },
    cost: { durationMs: 1, bytesPulled: 1_000, layersRead: 1, layersFromCache: 0 },
  };
}
