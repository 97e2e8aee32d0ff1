import { TagName, type TagWithMetadata } from '@plimsoll/contracts';
import { z } from 'zod';
import type { HttpAnswer } from '../http/transport.ts';
import { listPages, type UpstreamPage } from '../listing/list-pages.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { pullScope } from '../oci/manifests.ts';
import { digestOf } from './digest-of.ts';
import { distribution, readTagNames, tagNamesQuery } from './distribution.ts';
import { closed, ifRefused } from '../if-refused.ts';
import type { Provider, ProviderContext } from './provider.ts';

/** Whether a registry has zot's search does not change while it is open, milliseconds. */
const searchFreshMs = 600_000;
const pageSize = 100;
const searchPath = '/v2/_zot/ext/search';
/** Parts the queries of the search from those of the distribution spec, in cursors. */
const searchMark = 'zot ';

const Extensions = z.object({
  extensions: z.array(z.object({ name: z.string(), endpoints: z.array(z.string()).nullish() })).nullish(),
});
const Images = z.object({
  data: z.object({
    ImageList: z.object({
      Page: z.object({ TotalCount: z.number() }).nullish(),
      Results: z
        .array(
          z.object({
            Tag: z.string(),
            Digest: z.string().nullish(),
            PushTimestamp: z.string().nullish(),
            TaggedTimestamp: z.string().nullish(),
          }),
        )
        .nullish(),
    }),
  }),
});

/**
 * Whatever speaks the distribution spec: docker.io/registry, zot and their like. Zot tells digests and push times
 * through its search, where that is switched on. https://zotregistry.dev/latest/articles/graphql/
 */
export const oci: Provider = {
  ...distribution,
  type: 'oci',
  account: 'any user of its htpasswd file, or a token server that grants registry:catalog:* and pull',

  listTags(context, repository, page, signal) {
    const readPage = async (query: string, after: string | undefined) => {
      if (query.startsWith(searchMark)) return search(context, repository, query, signal);
      const names = await readTagNames(context.client, repository, { query, after }, signal);
      const isFirst = query === tagNamesQuery(page);
      if (!isFirst || !(await hasSearch(context, names.headers, signal))) return names;
      const found = await search(context, repository, `${searchMark}0`, signal).catch(
        // Older ones know no push times and say so; new images are found only after a while.
        ifRefused([...closed, 'invalid-answer'], () => undefined),
      );
      return found && found.entries.length > 0 ? found : names;
    };
    return listPages(readPage, tagNamesQuery(page), page);
  },
};

/** Distribution names its version in every answer, zot only when asked for it: nobody else is asked for what he does not have. */
async function hasSearch(
  { client, memory }: ProviderContext,
  headers: HttpAnswer['headers'],
  signal: AbortSignal,
): Promise<boolean> {
  if (headers['docker-distribution-api-version'] !== undefined) return false;
  const ask = async (fetchSignal: AbortSignal) => {
    const request = { url: client.url('/v2/_oci/ext/discover'), scope: '' };
    const value = await client
      .json(request, Extensions, fetchSignal)
      .then(({ value: { extensions } }) =>
        (extensions ?? []).some(({ endpoints }) => endpoints?.some((path) => path.endsWith(searchPath))),
      )
      .catch(ifRefused([...closed, 'invalid-answer'], () => false));
    return { value, freshMs: searchFreshMs };
  };
  return memory.get('search', ask, signal);
}

async function search(
  { client }: ProviderContext,
  repository: string,
  position: string,
  signal: AbortSignal,
): Promise<UpstreamPage<TagWithMetadata>> {
  const offset = Number(position.slice(searchMark.length)) || 0;
  const where = `repo:"${repository}",requestedPage:{limit:${pageSize},offset:${offset}}`;
  const fields = 'Page{TotalCount} Results{Tag Digest PushTimestamp TaggedTimestamp}';
  const body = JSON.stringify({ query: `{ImageList(${where}){${fields}}}` });
  const url = client.url(searchPath);
  const request = { url, scope: pullScope(repository), post: { type: 'application/json', body } };
  const { ImageList: list } = (await client.json(request, Images, signal)).value.data;
  const results = list.Results ?? [];
  const tags = results.map(({ Tag: name, Digest: digest, TaggedTimestamp, PushTimestamp }) => ({
    name,
    ...digestOf(digest),
    ...pushTime(TaggedTimestamp ?? PushTimestamp, 'tag'),
  }));
  const end = offset + results.length;
  const hasNext = results.length > 0 && end < (list.Page?.TotalCount ?? 0);
  return { ...keepValidNames(tags, TagName), next: hasNext ? searchMark + end : undefined };
}
