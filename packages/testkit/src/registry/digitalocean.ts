import { json, type Answer } from './answer.ts';
import type { RegistryContent } from './content.ts';
import { numberedPage, pageAddress } from './fake-pages.ts';
import type { ExtraRoutes } from './start-test-registry.ts';

/** Which generation of the API answers: for several registries per account, or the older one. */
export type DigitalOceanVariant = { readonly generation?: 'registries' | 'registry' };

/** The part of DigitalOcean's API that lists, for an account with one registry. */
export function digitaloceanRoutes(
  token: string,
  registry: string,
  { generation = 'registries' }: DigitalOceanVariant = {},
): ExtraRoutes {
  return ({ url, headers }, { repositories }) => {
    const [, found, path = ''] = /^\/v2\/(registries|registry)((?:\/.*)?)$/.exec(url.pathname) ?? [];
    if (!found) return undefined;
    if (headers.authorization !== `Bearer ${token}`) {
      return json(401, { id: 'unauthorized', message: 'Unable to authenticate you' });
    }
    if (found !== generation) return notFound();
    if (path === '') {
      const entry = { name: registry, region: 'fra1', storage_usage_bytes: 1 };
      return json(200, found === 'registries' ? { registries: [entry] } : { registry: entry });
    }
    const inside = `/${registry}/`;
    if (path === `${inside}repositoriesV2`) return listRepositories(repositories, registry, url);
    const [, name] = /^repositories\/([^/]+)\/tags$/.exec(path.slice(inside.length)) ?? [];
    return name ? listTags(repositories, `${registry}/${decodeURIComponent(name)}`, url) : notFound();
  };
}

function listRepositories(repositories: RegistryContent['repositories'], registry: string, url: URL): Answer {
  const entries = [...repositories.keys()].map((name) => ({
    registry_name: registry,
    name: name.slice(registry.length + 1),
    tag_count: 1,
    latest_manifest: { updated_at: '2024-05-05T05:05:05Z' },
  }));
  return page('repositories', entries, url);
}

function listTags(repositories: RegistryContent['repositories'], repository: string, url: URL): Answer {
  const tags = repositories.get(repository);
  if (!tags) return notFound();
  const entries = [...tags].map(([tag, { digest, pushedAt }]) => ({
    repository,
    tag,
    manifest_digest: digest,
    compressed_size_bytes: 100,
    updated_at: pushedAt,
  }));
  return page('tags', entries, url);
}

function notFound(): Answer {
  return json(404, { id: 'not_found', message: 'The resource you requested could not be found.' });
}

function page(key: string, entries: readonly unknown[], url: URL): Answer {
  const { entries: shown, number, hasNext } = numberedPage(entries, url, { maxSize: 200 });
  const links = hasNext ? { pages: { next: pageAddress(url, number + 1) } } : {};
  return json(
    200,
    { [key]: shown, meta: { total: entries.length }, links },
    { 'ratelimit-remaining': '4999' },
  );
}
