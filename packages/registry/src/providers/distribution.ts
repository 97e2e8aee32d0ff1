import { RepositoryName, TagName, type RegistryCredentials, type TagWithMetadata } from '@plimsoll/contracts';
import { z } from 'zod';
import type { BasicCredentials } from '../auth/authorizer.ts';
import { listPages, type Listing, type PageRequest } from '../listing/list-pages.ts';
import { nextPageQuery } from '../listing/next-link.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { pullScope } from '../oci/manifests.ts';
import type { RegistryClient } from '../registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import type { ProviderContext, RepositoryEntry } from './provider.ts';

/** What providers share: listing by the distribution spec, and credentials as they were given. */
export const distribution = {
  base: ({ registryBase }: RegistryCredentials): string | undefined => registryBase,

  login({ username, password }: RegistryCredentials): BasicCredentials | undefined {
    return username === undefined && password === undefined
      ? undefined
      : { username: username ?? '', password: password ?? '' };
  },

  listRepositories: (
    context: ProviderContext,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Listing<RepositoryEntry>> => listCatalog(context, 'registry:catalog:*', page, signal),

  /** The listing tells names only; digests are asked for one by one, and there is no push time. */
  async listTags(
    { client }: ProviderContext,
    repository: string,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Listing<TagWithMetadata>> {
    const path = `/v2/${repository}/tags/list`;
    const list = { path, key: 'tags', scope: pullScope(repository), names: TagName };
    const { entries, ...end } = await listNames(client, list, page, signal);
    return { entries: entries.map(({ name }) => ({ name, pushedAtKind: 'absent' })), ...end };
  },
};

/** Lists the registry's catalog with a token of some scope. */
export function listCatalog(
  { client }: Pick<ProviderContext, 'client'>,
  scope: string,
  page: PageRequest,
  signal: AbortSignal,
): Promise<Listing<RepositoryEntry>> {
  const list = { path: '/v2/_catalog', key: 'repositories', scope, names: RepositoryName };
  return listNames(client, list, page, signal);
}

type NameList = {
  readonly path: string;
  /** The member of the answer that holds the names. */
  readonly key: string;
  readonly scope: string;
  /** The grammar of the names. */
  readonly names: z.ZodType<string>;
};

function listNames(
  client: RegistryClient,
  { path, key, scope, names }: NameList,
  page: PageRequest,
  signal: AbortSignal,
): Promise<Listing<{ name: string }>> {
  // Names are checked after, one by one: a single bad one must not hide the others. Null: all were deleted.
  const schema = z.object({ [key]: z.array(z.string()).nullish() });
  const readPage = async (query: string) => {
    const { value, headers } = await readList(client, { path, scope, query }, schema, signal);
    const entries = (value[key] ?? []).map((name) => ({ name }));
    return { ...keepValidNames(entries, names), next: nextPageQuery(headers['link']) };
  };
  return listPages(readPage, `n=${page.limit}`, page);
}

/** Asks again without `n` where the page size is refused: some registries take less than we ask for, or none. */
async function readList<S extends z.ZodType>(
  client: RegistryClient,
  { path, scope, query }: { path: string; scope: string; query: string },
  schema: S,
  signal: AbortSignal,
) {
  try {
    return await client.json({ url: client.url(path, query), scope }, schema, signal);
  } catch (error) {
    const isRefusal =
      error instanceof RegistryError && ['invalid-answer', 'unsupported'].includes(error.code);
    if (!isRefusal || !/^n=\d+$/.test(query)) throw error;
    return await client.json({ url: client.url(path), scope }, schema, signal);
  }
}
