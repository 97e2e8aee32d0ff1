import { createHash } from 'node:crypto';
import type {
  AdvisoryFeedStatus,
  ConnectionCheck,
  FixAdvice,
  Integration,
  Issue,
  Org,
  Project,
  ProjectPackage,
  PrunedProject,
  Self,
  SyncRun,
  Target,
} from '@plimsoll/contracts';

/** Everything that the fake of the REST API knows. Tests change it as they like. */
export type RestWorld = {
  readonly login: { email: string; password: string };
  readonly self: Self;
  readonly org: Org;
  targets: Target[];
  projects: Project[];
  integrations: Integration[];
  /** By integration, newest first. */
  syncRuns: Map<string, SyncRun[]>;
  /** What a run deleted or holds, by run. */
  pruned: Map<string, PrunedProject[]>;
  /** Integrations whose sync rests. */
  paused: Set<string>;
  /** By project. */
  issues: Map<string, Issue[]>;
  /** By project. */
  packages: Map<string, ProjectPackage[]>;
  /** By project. */
  fixes: Map<string, FixAdvice['attributes']>;
  feeds: AdvisoryFeedStatus[];
  connectionCheck: ConnectionCheck['attributes'];
};

/** A uuid that is always the same for the same name. */
export function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A digest that is always the same for the same name. */
export function digestOf(name: string): string {
  return `sha256:${createHash('sha256').update(name).digest('hex')}`;
}

/** A world with a person (`ada@example.org`, `correct horse`) and an organization, and nothing else. */
export function emptyRestWorld(): RestWorld {
  const orgId = uuidOf('org');
  return {
    login: { email: 'ada@example.org', password: 'correct horse' },
    self: {
      id: uuidOf('ada'),
      type: 'user',
      attributes: {
        name: 'Ada Byron',
        email: 'ada@example.org',
        default_org_context: orgId,
        permissions: ['org.read', 'org.integration.read', 'org.integration.edit'],
      },
    },
    org: {
      id: orgId,
      type: 'org',
      attributes: {
        name: 'Analytical Engines',
        slug: 'analytical-engines',
        is_personal: false,
        deployed_clients: true,
        created_at: '2026-01-05T08:00:00Z',
        updated_at: '2026-01-05T08:00:00Z',
      },
    },
    targets: [],
    projects: [],
    integrations: [],
    syncRuns: new Map(),
    pruned: new Map(),
    paused: new Set(),
    issues: new Map(),
    packages: new Map(),
    fixes: new Map(),
    feeds: [],
    connectionCheck: {
      ok: true,
      hops: [
        { hop: 'broker-client', status: 'ok', message: 'Version 0.1.0 answered in 3 ms.' },
        { hop: 'agent', status: 'ok', message: 'Alive, 1 of 1 scan slots free.' },
        { hop: 'registry', status: 'ok', message: 'The registry lets the agent in.' },
      ],
    },
  };
}

/** The instant `ms` milliseconds before now. */
export function ago(ms: number): string {
  return new Date(Date.now() - ms).toISOString();
}
