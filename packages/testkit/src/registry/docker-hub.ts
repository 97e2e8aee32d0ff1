import { json, type Answer } from './answer.ts';
import type { RegistryContent } from './content.ts';
import { numberedPage, pageAddress, untaggedDigest } from './fake-pages.ts';
import type { ExtraRoutes } from './start-test-registry.ts';

/** What is not known for sure of the Hub: which generation of its paths it has. */
export type DockerHubVariant = { readonly generation?: 'namespaces' | 'repositories' };

/** The part of Docker Hub's API that lists, with its own log-in. Strangers are refused. */
export function dockerHubRoutes(
  user: { readonly username: string; readonly password: string },
  { generation = 'namespaces' }: DockerHubVariant = {},
): ExtraRoutes {
  const isNew = generation === 'namespaces';
  const token = `hub-token-of-${user.username}`;
  return ({ method, url, headers, body }, { repositories }) => {
    const path = url.pathname;
    if (method === 'POST' && path === (isNew ? '/v2/auth/token' : '/v2/users/login')) {
      const given = JSON.parse(body) as Record<string, string>;
      const [name, secret] = isNew
        ? [given['identifier'], given['secret']]
        : [given['username'], given['password']];
      const isUser = name === user.username && secret === user.password;
      if (!isUser) return json(401, { detail: 'Incorrect authentication credentials' });
      return json(200, isNew ? { access_token: token } : { token });
    }
    if (method === 'POST') return json(404, { message: 'not found' });
    if (!/^\/v2\/(?:namespaces|repositories)\//.test(path)) return undefined;
    if (headers.authorization !== `Bearer ${token}`) return json(401, { message: 'unauthorized' });
    if (path === '/v2/repositories/namespaces') return json(200, { namespaces: namespacesOf(repositories) });
    if (path.startsWith('/v2/namespaces/') !== isNew) return json(404, { message: 'not found' });
    const parts = isNew
      ? /^\/v2\/namespaces\/([^/]+)\/repositories(?:\/([^/]+)\/tags)?$/.exec(path)
      : /^\/v2\/repositories\/([^/]+)\/(?:([^/]+)\/tags)?$/.exec(path);
    const [, namespace = '', name] = parts ?? [];
    return name === undefined
      ? listRepositories(repositories, namespace, url)
      : listTags(repositories, `${namespace}/${name}`, url);
  };
}

function namespacesOf(repositories: RegistryContent['repositories']): string[] {
  return [...new Set([...repositories.keys()].map((name) => name.split('/')[0] ?? ''))];
}

function listRepositories(
  repositories: RegistryContent['repositories'],
  namespace: string,
  url: URL,
): Answer {
  const inside = [...repositories.keys()].filter((name) => name.startsWith(`${namespace}/`));
  const entries = inside.map((name) => ({
    name: name.slice(namespace.length + 1),
    namespace,
    repository_type: 'image',
    is_private: true,
    status: 1,
    last_updated: '2024-01-02T03:04:05.678901Z',
  }));
  return page(entries, url);
}

function listTags(repositories: RegistryContent['repositories'], repository: string, url: URL): Answer {
  const tags = repositories.get(repository);
  if (!tags) return json(404, { message: 'object not found', errinfo: {} });
  const entries = [...tags].map(([name, { digest, pushedAt }], id) => ({
    id,
    name,
    digest,
    full_size: 200_439,
    last_updated: '2024-05-05T05:05:05.678901Z',
    tag_last_pushed: pushedAt,
    tag_last_pulled: null,
    tag_status: 'active',
    images: [{ architecture: 'unknown', os: 'unknown', digest: untaggedDigest, size: 500 }],
  }));
  return page(entries, url);
}

function page(entries: readonly unknown[], url: URL): Answer {
  const {
    entries: results,
    number,
    hasNext,
  } = numberedPage(entries, url, { sizeKey: 'page_size', defaultSize: 10 });
  const next = hasNext ? pageAddress(url, number + 1) : null;
  const previous = number > 1 ? pageAddress(url, number - 1) : null;
  return json(200, { count: entries.length, next, previous, results }, { 'x-ratelimit-limit': '180' });
}
