import { RepositoryName, TagName } from '@plimsoll/contracts';
import { z } from 'zod';
import { listPages } from '../listing/list-pages.ts';
import { nextPageQuery } from '../listing/next-link.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { RegistryError } from '../registry-error.ts';
import { digestOf } from './digest-of.ts';
import { distribution } from './distribution.ts';
import type { Provider, ProviderContext } from './provider.ts';
import { readApi } from './read-api.ts';

/** Harbor refuses larger pages. */
const maxPageSize = 100;

const Repositories = z.array(z.object({ name: z.string() }));

const Artifacts = z.array(
  z.object({
    digest: z.string().nullish(),
    // Untagged artifacts have null.
    tags: z.array(z.object({ name: z.string(), push_time: z.string().nullish() })).nullish(),
  }),
);

/**
 * Harbor 2: lists by its own REST API, because `_catalog` is for system administrators only and the
 * distribution API has no push times. https://goharbor.io/docs/main/build-customize-contribute/configure-swagger/
 */
export const harbor: Provider = {
  ...distribution,
  type: 'harbor-cr',
  account:
    'a robot account with List and Pull of repositories, List of artifacts and tags, on the projects to be scanned',

  listRepositories(context, page, signal) {
    const [project] = context.namespace.split('/');
    const path = project ? `/projects/${project}/repositories` : '/repositories';
    return listPages(
      async (query) => {
        const { value, headers } = await read(context, path, query, Repositories, signal);
        return { ...keepValidNames(value, RepositoryName), next: nextPageQuery(headers['link']) };
      },
      `page=1&page_size=${Math.min(page.limit, maxPageSize)}`,
      page,
    );
  },

  listTags(context, repository, page, signal) {
    const [project = '', ...rest] = repository.split('/');
    if (rest.length === 0) {
      throw new RegistryError(
        'not-found',
        `${repository} names no project; Harbor's repositories are project/name.`,
      );
    }
    // Harbor decodes once before it routes, so the slashes of a nested name are encoded twice.
    const name = encodeURIComponent(encodeURIComponent(rest.join('/')));
    return listPages(
      async (query) => {
        const path = `/projects/${project}/repositories/${name}/artifacts`;
        const { value, headers } = await read(context, path, query, Artifacts, signal);
        const tags = value.flatMap(({ digest, tags }) =>
          (tags ?? []).map(({ name, push_time }) => ({
            name,
            ...digestOf(digest),
            ...pushTime(push_time, 'tag'),
          })),
        );
        return { ...keepValidNames(tags, TagName), next: nextPageQuery(headers['link']) };
      },
      `page=1&page_size=${Math.min(page.limit, maxPageSize)}&with_tag=true`,
      page,
    );
  },

  async checkApi(context, signal) {
    await read(context, '/projects', 'page=1&page_size=1', z.array(z.unknown()), signal);
  },
};

/** The REST API lets strangers see public projects, so the credentials go along without being asked for. */
function read<S extends z.ZodType>(
  context: ProviderContext,
  path: string,
  query: string,
  schema: S,
  signal: AbortSignal,
) {
  const { origin, pathPrefix } = context.client.base;
  return readApi(context, { root: origin + pathPrefix, path: `/api/v2.0${path}`, query }, schema, signal);
}
