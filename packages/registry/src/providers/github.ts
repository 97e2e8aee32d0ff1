import { RepositoryName, TagName } from '@plimsoll/contracts';
import { z } from 'zod';
import { fixedAuthorizer } from '../auth/authorizer.ts';
import { listPages } from '../listing/list-pages.ts';
import { nextPageQuery } from '../listing/next-link.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { digestOf } from './digest-of.ts';
import { distribution } from './distribution.ts';
import { firstFound } from './first-found.ts';
import { ifRefused } from '../if-refused.ts';
import type { Provider, ProviderContext } from './provider.ts';
import { readApi } from './read-api.ts';
import { rootedBase, splitBase } from './typed-base.ts';

/** The largest page that GitHub gives. */
const maxPageSize = 100;

const Packages = z.array(z.object({ name: z.string(), owner: z.object({ login: z.string() }) }));
const Versions = z.array(
  z.object({
    name: z.string(),
    created_at: z.string().nullish(),
    updated_at: z.string().nullish(),
    metadata: z.object({ container: z.object({ tags: z.array(z.string()) }).nullish() }).nullish(),
  }),
);

/**
 * GitHub packages: the registry has no catalog and no times, so the packages API is asked, with the same token. It thinks
 * in digests: one entry per digest with its tags. https://docs.github.com/en/rest/packages/packages
 */
export const github: Provider = {
  ...distribution,
  ...rootedBase,
  type: 'github-cr',
  account: 'a classic personal access token with read:packages',

  base: ({ registryBase }) => {
    const { address } = splitBase(registryBase || 'ghcr.io');
    return /^(?:https:\/\/)?(?:www\.)?github\.com$/i.test(address) ? 'ghcr.io' : address;
  },

  /** The token server looks at the token only, but wants some user name. */
  login({ username, password }) {
    return password === undefined ? undefined : { username: username || 'token', password };
  },

  apiAuthorizer({ credentials }) {
    return fixedAuthorizer({
      'x-github-api-version': '2022-11-28',
      ...(credentials && { authorization: `Bearer ${credentials.password}` }),
    });
  },

  async listRepositories(context, page, signal) {
    const path = `${await ownerPath(context, context.namespace, undefined, signal)}/packages`;
    return listPages(
      async (query) => {
        const { value, headers } = await read(context, path, query, Packages, signal);
        // The registry's names are in lower case, the API keeps the owner's own spelling.
        const entries = value.map(({ name, owner }) => ({ name: `${owner.login.toLowerCase()}/${name}` }));
        return { ...keepValidNames(entries, RepositoryName), next: nextPageQuery(headers['link']) };
      },
      `package_type=container&per_page=${Math.min(page.limit, maxPageSize)}&page=1`,
      page,
    );
  },

  async listTags(context, repository, page, signal) {
    const [owner = '', ...rest] = repository.split('/');
    const name = rest.join('%2F');
    const path = `${await ownerPath(context, owner, name, signal)}/packages/container/${name}/versions`;
    return listPages(
      async (query) => {
        const { value, headers } = await read(context, path, query, Versions, signal);
        const tags = value.flatMap(({ name: digest, metadata, updated_at, created_at }) =>
          (metadata?.container?.tags ?? []).map((name) => ({
            name,
            ...digestOf(digest),
            // Moves when a tag of the digest moves, so it is never too early; it stays the digest's all the same.
            ...pushTime(updated_at ?? created_at, 'manifest'),
          })),
        );
        return { ...keepValidNames(tags, TagName), next: nextPageQuery(headers['link']) };
      },
      `state=active&per_page=${Math.min(page.limit, maxPageSize)}&page=1`,
      page,
    );
  },
};

/** GitHub's own API, or that of an Enterprise Server, whose registry is at `containers.HOST`. */
function apiRoot({ client: { base } }: ProviderContext): string {
  if (base.host === 'ghcr.io') return 'https://api.github.com';
  return `${base.origin.replace('://containers.', '://')}/api/v3`;
}

function read<S extends z.ZodType>(
  context: ProviderContext,
  path: string,
  query: string,
  schema: S,
  signal: AbortSignal,
) {
  const accept = 'application/vnd.github+json';
  return readApi(context, { root: apiRoot(context), path, query, accept }, schema, signal);
}

/** Organizations and people have their packages under different paths; without a name they are those of the token's owner. */
function ownerPath(
  context: ProviderContext,
  owner: string,
  name: string | undefined,
  signal: AbortSignal,
): Promise<string> | string {
  if (owner === '') return '/user';
  const query = 'package_type=container&per_page=1&page=1';
  const askVersions = async (path: string, askSignal: AbortSignal) => {
    const versions = `${path}/packages/container/${name}/versions`;
    await read(context, versions, 'per_page=1&page=1', Versions, askSignal);
  };
  const ask = (path: string, askSignal: AbortSignal) =>
    read(context, `${path}/packages`, query, Packages, askSignal)
      .then(() => undefined)
      // A package may be read by those who may not list them all.
      .catch(ifRefused(name ? ['forbidden'] : [], () => askVersions(path, askSignal)));
  return firstFound(context.memory, [`/orgs/${owner}`, `/users/${owner}`], ask, signal);
}
