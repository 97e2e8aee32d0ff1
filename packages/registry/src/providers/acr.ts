import { TagName } from '@plimsoll/contracts';
import { z } from 'zod';
import { entraTenant, exchangedEntraToken } from '../auth/entra-token.ts';
import { configuredIdentityToken } from '../auth/identity-token.ts';
import { listPages } from '../listing/list-pages.ts';
import { nextPageQuery } from '../listing/next-link.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { digestOf } from './digest-of.ts';
import { distribution } from './distribution.ts';
import type { Provider } from './provider.ts';
import { rootedBase } from './typed-base.ts';

/** As many tags as Azure's own tools ask for at a time. */
const maxPageSize = 100;

/** The user name that goes with a refresh token of the registry. */
const refreshUser = '00000000-0000-0000-0000-000000000000';

const Tags = z.object({
  tags: z
    .array(z.object({ name: z.string(), digest: z.string().nullish(), lastUpdateTime: z.string().nullish() }))
    .nullish(),
});

/**
 * Azure: its own listing tells digests and when tags were last pushed, and wants a scope of its own.
 * https://learn.microsoft.com/en-us/rest/api/containerregistry/
 */
export const acr: Provider = {
  ...distribution,
  type: 'acr',
  account: 'a service principal with the role AcrPull on the registry',
  base: rootedBase.base,

  identityToken(entrance) {
    const { username, password } = entrance.configured;
    const tenant = password === undefined ? undefined : entraTenant(password);
    if (password !== undefined && tenant !== undefined) {
      return exchangedEntraToken(password, tenant, entrance);
    }
    return username === refreshUser && password !== undefined
      ? () => Promise.resolve(password)
      : configuredIdentityToken(entrance.configured);
  },

  listTags({ client }, repository, page, signal) {
    return listPages(
      async (query) => {
        const url = client.url(`/acr/v1/${repository}/_tags`, query);
        const scope = `repository:${repository}:metadata_read`;
        const { value, headers } = await client.json({ url, scope }, Tags, signal);
        const tags = (value.tags ?? []).map(({ name, digest, lastUpdateTime }) => ({
          name,
          ...digestOf(digest),
          ...pushTime(lastUpdateTime, 'tag'),
        }));
        const next = nextPageQuery(headers['link']);
        return { ...keepValidNames(tags, TagName), next, isNewestFirst: true };
      },
      `n=${Math.min(page.limit, maxPageSize)}&orderby=timedesc`,
      page,
    );
  },
};
