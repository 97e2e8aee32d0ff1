import { RepositoryName, TagName } from '@plimsoll/contracts';
import { z } from 'zod';
import { fixedAuthorizer } from '../auth/authorizer.ts';
import { listPages } from '../listing/list-pages.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { digestOf } from './digest-of.ts';
import { distribution, listCatalog } from './distribution.ts';
import type { Provider, ProviderContext } from './provider.ts';
import { readApi } from './read-api.ts';
import { rootedBase } from './typed-base.ts';

/** The largest page of tags that Quay gives; larger wishes are made smaller silently. */
const maxPageSize = 100;
/** The user name that goes with an OAuth token, the only kind of credentials that Quay's API takes. */
const oauthUser = '$oauthtoken';

const Repositories = z.object({
  repositories: z.array(z.object({ namespace: z.string(), name: z.string(), kind: z.string().nullish() })),
  next_page: z.string().nullish(),
});
const Tags = z.object({
  tags: z.array(z.object({ name: z.string(), manifest_digest: z.string().nullish(), start_ts: z.number() })),
  page: z.number(),
  has_additional: z.boolean(),
});

/** Quay: lists by its API with an OAuth token, and otherwise (robots, people) as the registry does. https://docs.quay.io/api/ */
export const quay: Provider = {
  ...distribution,
  ...rootedBase,
  type: 'quay-cr',
  account:
    'to list with digests and push times an OAuth token of an application, scope View all visible repositories',

  apiAuthorizer: ({ credentials }) =>
    fixedAuthorizer(credentials ? { authorization: `Bearer ${credentials.password}` } : {}),

  async listRepositories(context, page, signal) {
    const { client, namespace } = context;
    if (!hasApi(context) || !namespace) {
      // A stranger gets the public repositories without being asked who he is, so we say who we are first.
      await client.document({ url: client.url('/v2/'), scope: '' }, client.limits.listPageBytes, signal);
      // Quay refuses to give a token for the scope of the catalog; one without scope is good for it.
      return listCatalog(context, '', page, signal);
    }
    const [organization = ''] = namespace.split('/');
    const first = `namespace=${organization}`;
    return listPages(
      async (query) => {
        const request = { path: '/api/v1/repository', query };
        const { repositories, next_page } = (await readApi(context, request, Repositories, signal)).value;
        const entries = repositories
          // Quay also keeps applications.
          .filter(({ kind }) => (kind ?? 'image') === 'image')
          .map(({ namespace, name }) => ({ name: `${namespace}/${name}` }));
        const next = next_page ? `${first}&next_page=${encodeURIComponent(next_page)}` : undefined;
        return { ...keepValidNames(entries, RepositoryName), next };
      },
      first,
      page,
    );
  },

  listTags(context, repository, page, signal) {
    if (!hasApi(context)) return distribution.listTags(context, repository, page, signal);
    const size = Math.min(page.limit, maxPageSize);
    const queryOf = (number: number) => `limit=${size}&page=${number}&onlyActiveTags=true`;
    return listPages(
      async (query) => {
        const request = { path: `/api/v1/repository/${repository}/tag/`, query };
        const { value } = await readApi(context, request, Tags, signal);
        const tags = value.tags.map(({ name, manifest_digest: digest, start_ts }) => ({
          name,
          ...digestOf(digest),
          ...pushTime(start_ts * 1000, 'tag'),
        }));
        return {
          ...keepValidNames(tags, TagName),
          next: value.has_additional ? queryOf(value.page + 1) : undefined,
        };
      },
      queryOf(1),
      page,
    );
  },
};

function hasApi({ credentials }: ProviderContext): boolean {
  return credentials?.username === oauthUser;
}
