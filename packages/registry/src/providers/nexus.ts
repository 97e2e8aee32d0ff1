import { TagName } from '@plimsoll/contracts';
import { z } from 'zod';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { distribution, listTagsByApi } from './distribution.ts';
import type { Provider } from './provider.ts';
import { readApi } from './read-api.ts';
import { digestOf } from './digest-of.ts';

const Components = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      version: z.string().nullish(),
      assets: z
        .array(
          z.object({
            lastModified: z.string().nullish(),
            checksum: z.object({ sha256: z.string().nullish() }).nullish(),
          }),
        )
        .nullish(),
    }),
  ),
  continuationToken: z.string().nullish(),
});

/**
 * Nexus Repository 3 at `HOST/repository/NAME`: tags with digests and times from its search. At a connector port or a
 * sub-domain nobody tells where its REST API is, so tags are listed by names there.
 * https://help.sonatype.com/en/components-api.html
 */
export const nexus: Provider = {
  ...distribution,
  type: 'nexus-cr',
  account: 'a user with nx-repository-view-docker-NAME-browse and -read',

  listTags(context, repository, page, signal) {
    const { origin, pathPrefix } = context.client.base;
    const [, before, name] = /^(.*)\/repository\/([^/]+)$/.exec(pathPrefix) ?? [];
    if (before === undefined) return distribution.listTags(context, repository, page, signal);
    const filter = `repository=${name}&format=docker&docker.imageName=${encodeURIComponent(repository)}`;
    const readPage = async (query: string) => {
      const request = { root: origin + before, path: '/service/rest/v1/search', query };
      const { items, continuationToken } = (await readApi(context, request, Components, signal)).value;
      const tags = items
        // The search takes a name for a pattern.
        .filter((item) => item.name === repository)
        .map(({ version, assets }) => ({
          name: version ?? '',
          ...digestOf(assets?.[0]?.checksum?.sha256),
          ...pushTime(assets?.[0]?.lastModified, 'tag'),
        }));
      const next = continuationToken
        ? `${filter}&continuationToken=${encodeURIComponent(continuationToken)}`
        : undefined;
      return { ...keepValidNames(tags, TagName), next };
    };
    return listTagsByApi(context, repository, filter, readPage, page, signal);
  },
};
