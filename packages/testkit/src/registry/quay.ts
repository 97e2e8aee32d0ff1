import { failure, json, type Answer } from './answer.ts';
import type { RegistryContent } from './content.ts';
import type { ExtraRoutes } from './start-test-registry.ts';

const maxPageSize = 100;

/**
 * What Quay does beside a registry's usual ways: strangers get an empty catalog, no token is given for the catalog's
 * scope, pages go by an opaque token; and its API for one OAuth token.
 */
export function quayRoutes(oauthToken: string): ExtraRoutes {
  return ({ url, headers }, { repositories }) => {
    const path = url.pathname;
    if (path === '/token' && url.searchParams.get('scope') === 'registry:catalog:*') {
      return failure(400, 'INVALID_REQUEST');
    }
    if (path === '/v2/_catalog' && headers.authorization === undefined)
      return json(200, { repositories: [] });
    if (!path.startsWith('/api/v1/')) return undefined;
    if (headers.authorization !== `Bearer ${oauthToken}`) return json(401, { error_type: 'invalid_token' });
    if (path === '/api/v1/repository') return listRepositories(repositories, url);
    const [, repository] = /^\/api\/v1\/repository\/(.+)\/tag\/$/.exec(path) ?? [];
    return repository ? listTags(repositories, repository, url) : undefined;
  };
}

/** The catalog for those who came in: pages by an opaque token, with absolute links. */
export const quayCatalog: ExtraRoutes = ({ url }, { repositories }) => {
  if (url.pathname !== '/v2/_catalog') return undefined;
  const size = Math.min(Number(url.searchParams.get('n') ?? maxPageSize), maxPageSize);
  const { shown, next } = tokenPage([...repositories.keys()], url, size);
  const link = `<${url.origin}/v2/_catalog?n=${size}&next_page=${next}>; rel="next"`;
  return json(200, { repositories: shown }, next ? { link } : {});
};

function listRepositories(repositories: RegistryContent['repositories'], url: URL): Answer {
  const namespace = url.searchParams.get('namespace');
  if (!namespace) return json(400, { error_type: 'invalid_request' });
  const inside = [...repositories.keys()].filter((name) => name.startsWith(`${namespace}/`));
  const { shown, next } = tokenPage(inside, url, 4);
  const entries = shown.map((name) => ({
    namespace,
    name: name.slice(namespace.length + 1),
    description: '',
    kind: 'image',
    state: 'NORMAL',
  }));
  return json(200, { repositories: entries, ...(next && { next_page: next }) });
}

function listTags(repositories: RegistryContent['repositories'], repository: string, url: URL): Answer {
  const tags = repositories.get(repository);
  if (!tags) return json(404, { error_type: 'not_found' });
  const size = Math.min(Number(url.searchParams.get('limit') ?? 50), maxPageSize);
  const page = Number(url.searchParams.get('page') ?? 1);
  const history = {
    name: 'gone',
    start_ts: 1_700_000_000,
    end_ts: 1_703_000_000,
    manifest_digest: 'sha256:0',
  };
  const entries = [...tags].map(([name, { digest, pushedAt }]) => ({
    name,
    reversion: false,
    start_ts: Math.floor(Date.parse(pushedAt) / 1000),
    manifest_digest: digest,
    size: null,
    last_modified: 'Tue, 02 Jan 2024 03:04:05 -0000',
  }));
  const all = url.searchParams.get('onlyActiveTags') === 'true' ? entries : [history, ...entries];
  const shown = all.slice((page - 1) * size, page * size);
  return json(200, { tags: shown, page, has_additional: page * size < all.length });
}

/** A page after a token that hides its position from those who would make one up. */
function tokenPage(names: readonly string[], url: URL, size: number) {
  const given = url.searchParams.get('next_page') ?? '';
  const start = given ? Number(Buffer.from(given, 'base64').toString().slice('at='.length)) : 0;
  const end = start + size;
  const next = end < names.length ? encodeURIComponent(Buffer.from(`at=${end}`).toString('base64')) : '';
  return { shown: names.slice(start, end), next: decodeURIComponent(next) };
}
