import { RepositoryName, TagName } from '@plimsoll/contracts';
import { z } from 'zod';
import { fixedAuthorizer } from '../auth/authorizer.ts';
import { chainPages } from '../listing/chain-pages.ts';
import { listPages } from '../listing/list-pages.ts';
import { queryOfAddress } from '../listing/next-link.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { digestOf } from './digest-of.ts';
import { distribution } from './distribution.ts';
import { ifRefused } from '../if-refused.ts';
import type { Provider, ProviderContext } from './provider.ts';
import { readApi } from './read-api.ts';
import { rootedBase } from './typed-base.ts';

/** DigitalOcean gives 200 at most; a round number below is as good. */
const maxPageSize = 100;
/** How long the registries of an account are taken for the same, milliseconds. */
const registriesFreshMs = 60_000;
const host = 'registry.digitalocean.com';

const Registry = z.object({ name: z.string() });
const Registries = z.object({ registries: z.array(Registry) });
const OnlyRegistry = z.object({ registry: Registry });
const pages = { links: z.object({ pages: z.object({ next: z.string().nullish() }).nullish() }).nullish() };
const Repositories = z.object({ repositories: z.array(z.object({ name: z.string() })).nullish(), ...pages });
const Tags = z.object({
  tags: z
    .array(
      z.object({ tag: z.string(), manifest_digest: z.string().nullish(), updated_at: z.string().nullish() }),
    )
    .nullish(),
  ...pages,
});

/** DigitalOcean: lists by its API with the same token. https://docs.digitalocean.com/reference/api/ */
export const digitalocean: Provider = {
  ...distribution,
  ...rootedBase,
  type: 'digitalocean-cr',
  account: 'an API token with the scope registry:read',

  base: (credentials) => rootedBase.base(credentials) || host,

  /** The API token is user name and password at once. */
  login({ username, password }) {
    const token = password ?? username;
    return token === undefined ? undefined : { username: username ?? token, password: token };
  },

  apiAuthorizer: ({ credentials }) =>
    fixedAuthorizer(credentials ? { authorization: `Bearer ${credentials.password}` } : {}),

  async listRepositories(context, page, signal) {
    const { root, registries } = await accountOf(context, signal);
    const { namespace } = context;
    const chain = chainPages(
      namespace ? [namespace.split('/')[0] ?? ''] : registries,
      `page=1&per_page=${Math.min(page.limit, maxPageSize)}`,
      async (registry, query) => {
        const path = `${root}/${registry}/repositoriesV2`;
        const { value } = await read(context, path, query, Repositories, signal);
        const entries = (value.repositories ?? []).map(({ name }) => ({ name: `${registry}/${name}` }));
        const next = queryOfAddress(value.links?.pages?.next);
        return { ...keepValidNames(entries, RepositoryName), next };
      },
    );
    return listPages(chain.readPage, chain.firstQuery, page);
  },

  async listTags(context, repository, page, signal) {
    const { root } = await accountOf(context, signal);
    const [registry = '', ...rest] = repository.split('/');
    const path = `${root}/${registry}/repositories/${encodeURIComponent(rest.join('/'))}/tags`;
    return listPages(
      async (query) => {
        const { value } = await read(context, path, query, Tags, signal);
        const tags = (value.tags ?? []).map(({ tag: name, manifest_digest: digest, updated_at }) => ({
          name,
          ...digestOf(digest),
          ...pushTime(updated_at, 'tag'),
        }));
        return { ...keepValidNames(tags, TagName), next: queryOfAddress(value.links?.pages?.next) };
      },
      `page=1&per_page=${Math.min(page.limit, maxPageSize)}`,
      page,
    );
  },
};

function read<S extends z.ZodType>(
  context: ProviderContext,
  path: string,
  query: string,
  schema: S,
  signal: AbortSignal,
) {
  const { base } = context.client;
  const root = base.host === host ? 'https://api.digitalocean.com' : base.origin;
  return readApi(context, { root, path, query }, schema, signal);
}

/** The registries of an account, and the path of them: that for several, or the older one for the only registry. */
function accountOf(context: ProviderContext, signal: AbortSignal) {
  const ask = async (fetchSignal: AbortSignal) => {
    const value = await registriesOf(context, fetchSignal);
    return { value, freshMs: registriesFreshMs };
  };
  return context.memory.get('account', ask, signal);
}

function registriesOf(context: ProviderContext, signal: AbortSignal) {
  const several = async () => {
    const { value } = await read(context, '/v2/registries', '', Registries, signal);
    return { root: '/v2/registries', registries: validNames(value.registries) };
  };
  const one = async () => {
    const { value } = await read(context, '/v2/registry', '', OnlyRegistry, signal);
    return { root: '/v2/registry', registries: validNames([value.registry]) };
  };
  return several().catch(ifRefused(['not-found'], one));
}

function validNames(registries: readonly { name: string }[]): string[] {
  return keepValidNames(registries, RepositoryName).entries.map(({ name }) => name);
}
