import { json, type Answer } from './answer.ts';
import type { RegistryContent } from './content.ts';
import { byDigest, numberedPage, pageAddress, untaggedDigest } from './fake-pages.ts';
import type { ExtraRoutes } from './start-test-registry.ts';

/** What differs between installations: whether the owner of the packages is an organization or a person. */
export type GithubVariant = { readonly owners?: 'orgs' | 'users' };

/** The packages API of a GitHub Enterprise Server for one token. Owners keep a spelling with a capital letter. */
export function githubRoutes(token: string, { owners = 'orgs' }: GithubVariant = {}): ExtraRoutes {
  return ({ url, headers }, { repositories }) => {
    const [, path] = /^\/api\/v3(\/.*)$/.exec(url.pathname) ?? [];
    if (path === undefined) return undefined;
    if (headers.authorization !== `Bearer ${token}`) return json(401, { message: 'Bad credentials' });
    if (headers['x-github-api-version'] !== '2022-11-28' || !headers['user-agent']) {
      return json(403, { message: 'Request forbidden by administrative rules.' });
    }
    const [, kind, owner = '', name] =
      /^\/(orgs|users)\/([^/]+)\/packages(?:\/container\/([^/]+)\/versions)?$/.exec(path) ?? [];
    if (kind !== owners) return json(404, { message: 'Not Found' });
    return name === undefined
      ? listPackages(repositories, owner, url)
      : listVersions(repositories.get(`${owner}/${decodeURIComponent(name)}`), url);
  };
}

function listPackages(repositories: RegistryContent['repositories'], owner: string, url: URL): Answer {
  const inside = [...repositories.keys()].filter((name) => name.startsWith(`${owner}/`));
  const packages = inside.map((name, id) => ({
    id,
    name: name.slice(owner.length + 1),
    package_type: 'container',
    visibility: 'private',
    owner: { login: owner[0]?.toUpperCase() + owner.slice(1) },
    updated_at: '2024-05-05T05:05:05Z',
  }));
  return page(packages, url);
}

function listVersions(
  tags: ReadonlyMap<string, { digest: string; pushedAt: string }> | undefined,
  url: URL,
): Answer {
  if (!tags) return json(404, { message: 'Package not found.' });
  const tagged = byDigest(tags).map(([digest, of], id) => ({
    id,
    name: digest,
    created_at: '2024-01-02T03:04:05Z',
    updated_at: of[0]?.[1].pushedAt,
    metadata: { package_type: 'container', container: { tags: of.map(([name]) => name) } },
  }));
  const untagged = {
    id: 0,
    name: untaggedDigest,
    created_at: '2024-01-02T03:04:00Z',
    updated_at: '2024-01-02T03:04:00Z',
    metadata: { package_type: 'container', container: { tags: [] } },
  };
  return page([untagged, ...tagged], url);
}

function page(entries: readonly unknown[], url: URL): Answer {
  const { entries: shown, number, hasNext } = numberedPage(entries, url);
  const links = hasNext
    ? `<${pageAddress(url, number + 1)}>; rel="next", <${pageAddress(url, number + 2)}>; rel="last"`
    : '';
  return json(200, shown, { 'x-ratelimit-remaining': '4999', ...(links && { link: links }) });
}
