import { failure, json, type Answer } from './answer.ts';
import type { Authentication } from './authentication.ts';
import { numberedPage, pageAddress } from './fake-pages.ts';
import type { ExtraRoutes } from './start-test-registry.ts';

/** What differs between installations. */
export type GitlabVariant = {
  /** Whether the registry keeps a database, and so has the API that tells times. */
  readonly hasDatabase?: boolean;
  /** Whether its GraphQL tells when a tag was published, does not know of that, or is closed. */
  readonly graphql?: 'with times' | 'without times' | 'closed';
  /** Older databases do not tell when a tag was published. */
  readonly tellsPublished?: boolean;
  /** Whether pages are told in `Link`; they always are in `X-Next-Page`. */
  readonly hasLinks?: boolean;
};

/** How GitLab lets people in: tokens do not tell their life, and nobody but administrators gets to the catalog. */
export function gitlabAuthentication(user: { username: string; password: string }): Authentication {
  return {
    kind: 'bearer',
    ...user,
    tokenAnswer: (token) => ({ token }),
    scopeOf(path) {
      if (path === '/v2/_catalog') return 'for administrators';
      const repository = repositoryOf(path);
      return repository ? `repository:${repository}:pull` : undefined;
    },
  };
}

/** GitLab's REST API for one token. `team` is a group of one project per repository; other groups there are none. */
export function gitlabRoutes(
  token: string,
  { hasLinks = true, graphql = 'with times' }: GitlabVariant = {},
): ExtraRoutes {
  return (request, { repositories }) => {
    const { url, headers } = request;
    if (url.pathname === '/api/graphql') {
      const isLetIn = headers['private-token'] === token && graphql !== 'closed';
      return isLetIn
        ? answerGraphql(request.body, [...repositories.values()], graphql === 'with times')
        : json(401, { message: 'Invalid token' });
    }
    const [, path] = /^\/api\/v4(\/.*)$/.exec(url.pathname) ?? [];
    if (path === undefined) return undefined;
    if (headers['private-token'] !== token) return json(401, { message: '401 Unauthorized' });
    const names = [...repositories.keys()];
    const [, kind, encoded = ''] = /^\/(groups|projects)\/([^/]+)\/registry\/repositories$/.exec(path) ?? [];
    const found = kind ? repositoriesOf(names, kind, decodeURIComponent(encoded)) : projectsOf(names);
    if (!found) return json(404, { message: '404 Not Found' });
    return page(found, url, hasLinks);
  };
}

/** The one question of GraphQL that is asked here, two tags at a time. */
function answerGraphql(
  body: string,
  repositories: readonly ReadonlyMap<string, { digest: string; pushedAt: string }>[],
  tellsTimes: boolean,
): Answer {
  const { query, variables } = JSON.parse(body) as {
    query: string;
    variables: { id: string; after: string | null };
  };
  if (query.includes('publishedAt') && !tellsTimes) {
    return json(200, {
      errors: [{ message: "Field 'publishedAt' doesn't exist on type 'ContainerRepositoryTag'" }],
    });
  }
  const tags = repositories[Number(variables.id.split('/').at(-1)) - 1];
  if (!tags) return json(200, { data: { containerRepository: null } });
  const start = Number(variables.after ?? 0);
  const end = start + 2;
  const nodes = [...tags].slice(start, end).map(([name, { digest, pushedAt }]) => ({
    name,
    digest,
    ...(tellsTimes && { publishedAt: pushedAt }),
  }));
  const pageInfo = { hasNextPage: end < tags.size, endCursor: String(end) };
  return json(200, { data: { containerRepository: { tags: { nodes, pageInfo } } } });
}

/** The registry's own API, for those who came in. */
export function gitlabRegistryRoutes({
  hasDatabase = true,
  tellsPublished = true,
}: GitlabVariant = {}): ExtraRoutes {
  return ({ url }, { repositories }) => {
    if (!url.pathname.startsWith('/gitlab/v1/')) return undefined;
    if (!hasDatabase) return failure(404, 'UNKNOWN');
    if (url.pathname === '/gitlab/v1/') return json(200, {});
    const tags = repositories.get(repositoryOf(url.pathname) ?? '');
    return tags ? listTags(tags, url, tellsPublished) : failure(404, 'NAME_UNKNOWN');
  };
}

function listTags(
  tags: ReadonlyMap<string, { digest: string; pushedAt: string }>,
  url: URL,
  tellsPublished: boolean,
): Answer {
  const size = Number(url.searchParams.get('n') ?? 100);
  const last = url.searchParams.get('last') ?? '';
  const rest = [...tags].filter(([name]) => name > last).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const shown = rest.slice(0, size);
  const entries = shown.map(([name, { digest, pushedAt }]) => ({
    name,
    digest,
    media_type: 'application/vnd.oci.image.manifest.v1+json',
    created_at: '2024-01-02T03:04:05.412Z',
    updated_at: pushedAt,
    ...(tellsPublished && { published_at: pushedAt }),
  }));
  const link = `<${url.origin}${url.pathname}?n=${size}&last=${shown.at(-1)?.[0]}>; rel="next"`;
  return json(200, entries, rest.length > size ? { link } : {});
}

function repositoryOf(path: string): string | undefined {
  return /^\/gitlab\/v1\/repositories\/(.+)\/tags\/list\/$/.exec(path)?.[1];
}

function repositoriesOf(names: readonly string[], kind: string, wanted: string) {
  const inside = names.filter((name) => name.startsWith(`${wanted}/`));
  const own = /^\d+$/.test(wanted)
    ? [names[Number(wanted) - 1] ?? '']
    : names.filter((name) => name === wanted);
  if (kind === 'groups' && wanted !== 'team') return undefined;
  return (kind === 'groups' ? inside : own).map((path) => ({
    id: names.indexOf(path) + 1,
    name: '',
    path,
    project_id: names.indexOf(path) + 1,
    location: `registry.gitlab.test/${path}`,
    status: null,
  }));
}

function projectsOf(names: readonly string[]) {
  const projects = names.map((name, index) => ({
    id: index + 1,
    path_with_namespace: name,
    container_registry_enabled: true,
  }));
  return [...projects, { id: 999, path_with_namespace: 'team/closed', container_registry_enabled: false }];
}

function page(entries: readonly unknown[], url: URL, hasLinks: boolean): Answer {
  const { entries: shown, number, hasNext } = numberedPage(entries, url);
  return json(200, shown, {
    'x-page': String(number),
    'x-next-page': hasNext ? String(number + 1) : '',
    ...(hasLinks && hasNext && { link: `<${pageAddress(url, number + 1)}>; rel="next"` }),
  });
}
