import { RepositoryName, TagName, type RegistryCredentials, type TagWithMetadata } from '@plimsoll/contracts';
import { z } from 'zod';
import type { BasicCredentials } from '../auth/authorizer.ts';
import { configuredIdentityToken, type IdentityToken } from '../auth/identity-token.ts';
import { listPages, type Listing, type PageRequest, type UpstreamPage } from '../listing/list-pages.ts';
import { nextPageQuery } from '../listing/next-link.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import type { HttpAnswer } from '../http/transport.ts';
import { pullScope } from '../oci/manifests.ts';
import type { RegistryClient } from '../registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import { closed, ifRefused } from '../if-refused.ts';
import type { Entrance, ProviderContext, RepositoryEntry } from './provider.ts';

/** What providers share: listing by the distribution spec, and credentials as they were given. */
export const distribution = {
  base: ({ registryBase }: RegistryCredentials): string | undefined => registryBase,

  login({ username, password }: RegistryCredentials): BasicCredentials | undefined {
    return username === undefined && password === undefined
      ? undefined
      : { username: username ?? '', password: password ?? '' };
  },

  identityToken: ({ configured }: Entrance): IdentityToken | undefined => configuredIdentityToken(configured),

  listRepositories: (
    context: ProviderContext,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Listing<RepositoryEntry>> => listCatalog(context, 'registry:catalog:*', page, signal),

  listTags: (
    { client }: ProviderContext,
    repository: string,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Listing<TagWithMetadata>> =>
    listPages((query) => readTagNames(client, repository, query, signal), tagNamesQuery(page), page),
};

/** Parts the queries of a product's API from those of the distribution spec, in cursors. */
const apiMark = 'api ';

/**
 * Lists tags by a product's own API, which tells more; by names alone where that API is closed, or knows nothing of the
 * repository: some have new ones only after a while.
 */
export function listTagsByApi(
  { client }: Pick<ProviderContext, 'client'>,
  repository: string,
  firstQuery: string,
  readPage: (query: string) => Promise<UpstreamPage<TagWithMetadata>>,
  page: PageRequest,
  signal: AbortSignal,
): Promise<Listing<TagWithMetadata>> {
  const readAny = async (position: string) => {
    if (!position.startsWith(apiMark)) return readTagNames(client, repository, position, signal);
    const query = position.slice(apiMark.length);
    const isFirst = query === firstQuery;
    const found = await readPage(query).catch(ifRefused(isFirst ? closed : [], () => undefined));
    const isUseful = found && (!isFirst || found.entries.length > 0 || found.next !== undefined);
    if (!isUseful) return readTagNames(client, repository, tagNamesQuery(page), signal);
    return { ...found, next: found.next === undefined ? undefined : apiMark + found.next };
  };
  return listPages(readAny, apiMark + firstQuery, page);
}

/** The query of the first page of names. */
export function tagNamesQuery({ limit }: PageRequest): string {
  return `n=${limit}`;
}

/** The distribution spec's listing tells names only; digests are asked for one by one, and there is no push time. */
export async function readTagNames(
  client: RegistryClient,
  repository: string,
  query: string,
  signal: AbortSignal,
): Promise<UpstreamPage<TagWithMetadata> & { headers: HttpAnswer['headers'] }> {
  const path = `/v2/${repository}/tags/list`;
  const list = { path, key: 'tags', scope: pullScope(repository), names: TagName };
  const { entries, ...rest } = await readNames(client, list, query, signal);
  return { entries: entries.map(({ name }) => ({ name, pushedAtKind: 'absent' })), ...rest };
}

/** Lists the registry's catalog with a token of some scope. */
export function listCatalog(
  { client }: Pick<ProviderContext, 'client'>,
  scope: string,
  page: PageRequest,
  signal: AbortSignal,
): Promise<Listing<RepositoryEntry>> {
  const list = { path: catalogPath, key: 'repositories', scope, names: RepositoryName };
  return listPages((query) => readNames(client, list, query, signal), `n=${page.limit}`, page);
}

const catalogPath = '/v2/_catalog';

type NameList = {
  readonly path: string;
  /** The member of the answer that holds the names. */
  readonly key: string;
  readonly scope: string;
  /** The grammar of the names. */
  readonly names: z.ZodType<string>;
};

async function readNames(
  client: RegistryClient,
  { path, key, scope, names }: NameList,
  query: string,
  signal: AbortSignal,
) {
  // Names are checked after, one by one: a single bad one must not hide the others. Null: all were deleted.
  const schema = z.object({ [key]: z.array(z.string()).nullish() });
  const { value, headers } = await readList(client, { path, scope, query }, schema, signal);
  const entries = (value[key] ?? []).map((name) => ({ name }));
  return { ...keepValidNames(entries, names), next: nextPageQuery(headers['link']), headers };
}

/** Asks again without `n` where the page size is refused: some registries take less than we ask for, or none. */
async function readList<S extends z.ZodType>(
  client: RegistryClient,
  { path, scope, query }: { path: string; scope: string; query: string },
  schema: S,
  signal: AbortSignal,
) {
  // Google's catalog leads to its documentation on some hosts; that is no list.
  const request = { scope, isOwnOnly: path === catalogPath };
  try {
    return await client.json({ ...request, url: client.url(path, query) }, schema, signal);
  } catch (error) {
    const isRefusal =
      error instanceof RegistryError && ['invalid-answer', 'unsupported'].includes(error.code);
    if (!isRefusal || !/^n=\d+$/.test(query)) throw error;
    return await client.json({ ...request, url: client.url(path) }, schema, signal);
  }
}
