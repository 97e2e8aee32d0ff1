import { randomUUID } from 'node:crypto';
import {
  AdvisoryFeedStatus,
  ConnectionCheck,
  documentOf,
  FixAdvice,
  Integration,
  Issue,
  type IssueCounts,
  Org,
  pageOf,
  Project,
  ProjectPackage,
  Self,
  Target,
} from '@plimsoll/contracts';
import { answerSync, syncListing } from './answer-sync.ts';
import { decide } from './decide.ts';
import type { RestWorld } from './rest-world.ts';

/** What the fake answers; `body` is absent where there is none. */
export type RestAnswer = { readonly status: number; readonly body?: object };

type Schema = Parameters<typeof documentOf>[0];

/** Rows of a list, and what each must be. */
export type Listing = { readonly schema: Schema; readonly rows: readonly { readonly id: string }[] };

const jsonapi = { version: '1.0' } as const;

/** Answers a request of a signed-in person, by the schemas of the contracts; 404 for what is not there. */
export function answerRest(world: RestWorld, method: string, url: URL, body?: unknown): RestAnswer {
  const path = url.pathname.replace(/^\/rest/, '').replace(`/orgs/${world.org.id}/`, '/o/');
  const [, integrationId = '', verb] = /^\/o\/integrations\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (path.startsWith('/o/policies')) return decide(world, method, path, body);
  if (verb !== undefined && !world.syncRuns.has(integrationId))
    return problem(404, 'There is no such integration');
  const ofSync = answerSync(world, method, integrationId, verb ?? '', body);
  if (ofSync) return ofSync;
  if (method === 'POST') return act(world, verb);

  const [, projectId] = /^\/o\/projects\/([^/]+)$/.exec(path) ?? [];
  if (path === '/self') return document(Self, world.self);
  if (projectId !== undefined) {
    const project = world.projects.find(({ id }) => id === projectId);
    return project ? document(Project, project) : problem(404, 'There is no such project');
  }
  const [, fixedId = ''] = /^\/o\/projects\/([^/]+)\/fixes$/.exec(path) ?? [];
  const advice = world.fixes.get(fixedId);
  if (advice) return document(FixAdvice, { id: fixedId, type: 'fix_advice', attributes: advice });
  const [, issueId] = /^\/o\/issues\/([^/]+)$/.exec(path) ?? [];
  if (issueId !== undefined) {
    const issue = [...world.issues.values()].flat().find(({ id }) => id === issueId);
    return issue ? document(Issue, issue) : problem(404, 'There is no such issue');
  }
  const listing = listingOf(world, path, url.searchParams);
  return listing ? page(listing, url) : problem(404, `There is no ${path}`);
}

/** An answer that says what went wrong. */
export function problem(status: number, detail: string): RestAnswer {
  return { status, body: { jsonapi, errors: [{ id: randomUUID(), status: String(status), detail }] } };
}

function act(world: RestWorld, verb: string | undefined): RestAnswer {
  if (verb !== 'connection_checks') return problem(404, 'There is no such action');
  const check = { id: randomUUID(), type: 'connection_check', attributes: world.connectionCheck };
  return { ...document(ConnectionCheck, check), status: 201 };
}

function listingOf(world: RestWorld, path: string, query: URLSearchParams): Listing | undefined {
  switch (path) {
    case '/orgs':
      return { schema: Org, rows: [world.org] };
    case '/advisories':
      return { schema: AdvisoryFeedStatus, rows: world.feeds };
    case '/o/targets':
      return { schema: Target, rows: targetsFor(world, query) };
    case '/o/projects':
      return { schema: Project, rows: projectsFor(world, query) };
    case '/o/integrations':
      return { schema: Integration, rows: world.integrations };
    case '/o/issues':
      return { schema: Issue, rows: issuesFor(world, query) };
  }
  const [, integrationId, rest] = /^\/o\/integrations\/([^/]+)\/(sync_runs.*)$/.exec(path) ?? [];
  if (integrationId !== undefined) return syncListing(world, integrationId, rest ?? '');
  const [, projectId] = /^\/o\/projects\/([^/]+)\/packages$/.exec(path) ?? [];
  if (projectId === undefined) return undefined;
  return { schema: ProjectPackage, rows: world.packages.get(projectId) ?? [] };
}

function targetsFor(world: RestWorld, query: URLSearchParams): Target[] {
  const search = query.get('search')?.toLowerCase() ?? '';
  const levels = list(query, 'effective_severity_level') as (keyof IssueCounts)[] | undefined;
  const registries = list(query, 'integration_id');
  const statuses = list(query, 'scan_status') as (keyof Target['meta']['scan_statuses'])[] | undefined;
  return world.targets
    .filter(({ attributes }) => attributes.display_name.includes(search))
    .filter(({ relationships }) => registries?.includes(relationships.integration.data.id) ?? true)
    .filter(({ meta }) => statuses?.some((status) => meta.scan_statuses[status] > 0) ?? true)
    .filter(
      ({ meta }) => levels?.some((level) => Number(meta.worst_project?.issue_counts[level]) > 0) ?? true,
    )
    .toSorted((a, b) => (a.attributes.display_name < b.attributes.display_name ? -1 : 1));
}

function projectsFor(world: RestWorld, query: URLSearchParams): Project[] {
  const targets = list(query, 'target_id');
  return world.projects.filter(
    ({ relationships }) => targets?.includes(relationships.target.data.id) ?? true,
  );
}

function issuesFor(world: RestWorld, query: URLSearchParams): Issue[] {
  const issues = (world.issues.get(query.get('scan_item.id') ?? '') ?? []).map(withoutText);
  const ignored = query.get('ignored');
  return issues
    .filter(({ attributes }) => ignored === null || String(attributes.ignored) === ignored)
    .filter(
      ({ attributes }) => query.get('include_hidden') === 'true' || attributes.hidden_reason === undefined,
    );
}

/** Lists leave out what only one issue tells. */
function withoutText(issue: Issue): Issue {
  const { description: _description, references: _references, ...attributes } = issue.attributes;
  return { ...issue, attributes };
}

function list(query: URLSearchParams, name: string): string[] | undefined {
  return query.get(name)?.split(',');
}

/** An answer with one resource. */
export function document(schema: Schema, data: object): RestAnswer {
  return { status: 200, body: documentOf(schema).parse({ jsonapi, data }) };
}

function page({ schema, rows }: Listing, url: URL): RestAnswer {
  const limit = Number(url.searchParams.get('limit') ?? 10);
  const start = Number(url.searchParams.get('starting_after') ?? 0);
  const links: { self: string; next?: string } = { self: url.pathname + url.search };
  if (start + limit < rows.length) {
    const next = new URLSearchParams(url.searchParams);
    next.set('starting_after', String(start + limit));
    links.next = `${url.pathname}?${next}`;
  }
  const isCounted = url.searchParams.get('count') === 'true';
  const body = { jsonapi, data: rows.slice(start, start + limit), links };
  return {
    status: 200,
    body: pageOf(schema).parse(isCounted ? { ...body, meta: { count: rows.length } } : body),
  };
}
