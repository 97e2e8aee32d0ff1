import { failure, json } from './answer.ts';
import type { ExtraRoutes } from './start-test-registry.ts';

/** What differs between versions: whether the search tells when tags were pushed. */
export type ZotVariant = { readonly tellsPushTimes?: boolean };

/** What zot has beside the distribution spec, for those who came in: its search, and lists without distribution's own header. */
export function zotRoutes({ tellsPushTimes = true }: ZotVariant = {}): ExtraRoutes {
  return ({ method, url, body }, { repositories }) => {
    if (url.pathname === '/v2/_oci/ext/discover') {
      const endpoints = ['/v2/_zot/ext/search'];
      return json(200, { extensions: [{ name: '_zot', url: 'https://zot.test', endpoints }] });
    }
    if (method === 'POST' && url.pathname === '/v2/_zot/ext/search') {
      const { query } = JSON.parse(body) as { query: string };
      const [, repository = '', limit, offset] =
        /^\{ImageList\(repo:"([^"]+)",requestedPage:\{limit:(\d+),offset:(\d+)\}\)/.exec(query) ?? [];
      if (!tellsPushTimes && query.includes('PushTimestamp')) {
        return json(200, { errors: [{ message: 'Cannot query field "PushTimestamp"' }], data: null });
      }
      const all = [...(repositories.get(repository) ?? [])];
      const shown = all.slice(Number(offset), Number(offset) + Number(limit));
      const results = shown.map(([Tag, { digest, pushedAt }]) => ({
        Tag,
        Digest: digest,
        PushTimestamp: '2024-01-02T03:04:05Z',
        TaggedTimestamp: pushedAt,
      }));
      const page = { TotalCount: all.length, ItemCount: shown.length };
      return json(200, { data: { ImageList: { Page: page, Results: results } } });
    }
    const [, name] = /^\/v2\/(.+)\/tags\/list$/.exec(url.pathname) ?? [];
    if (!name) return undefined;
    const tags = repositories.get(name);
    if (!tags) return failure(404, 'NAME_UNKNOWN');
    const last = url.searchParams.get('last') ?? '';
    const rest = [...tags.keys()].filter((tag) => tag > last).toSorted();
    const shown = rest.slice(0, Number(url.searchParams.get('n') ?? rest.length));
    const link = `<${url.pathname}?n=${shown.length}&last=${shown.at(-1)}>; rel="next"`;
    return json(200, { name, tags: shown }, rest.length > shown.length ? { link } : {});
  };
}
