import { RepositoryName, TagName, type RegistryCredentials, type TagWithMetadata } from '@plimsoll/contracts';
import type { z } from 'zod';
import type { BasicCredentials } from '../auth/authorizer.ts';
import { configuredIdentityToken, type IdentityToken } from '../auth/identity-token.ts';
import { listPages, type Listing, type PageRequest, type UpstreamPage } from '../listing/list-pages.ts';
import { nextPageQuery } from '../listing/next-link.ts';
import { NameWindow } from '../listing/name-window.ts';
import { NameGate } from '../listing/valid-names.ts';
import type { HttpAnswer } from '../http/transport.ts';
import { pullScope } from '../oci/manifests.ts';
import { otherForm } from '../parse-json.ts';
import type { JsonPart } from '../read-json-parts.ts';
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
    listPages(
      (query, after) => readTagNames(client, repository, { query, after }, signal),
      tagNamesQuery(page),
      page,
    ),
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
  const readAny = async (position: string, after: string | undefined) => {
    const names = (query: string) => readTagNames(client, repository, { query, after }, signal);
    if (!position.startsWith(apiMark)) return names(position);
    const query = position.slice(apiMark.length);
    const isFirst = query === firstQuery;
    const found = await readPage(query).catch(ifRefused(isFirst ? closed : [], () => undefined));
    const isUseful = found && (!isFirst || found.entries.length > 0 || found.next !== undefined);
    if (!isUseful) return names(tagNamesQuery(page));
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
  part: PartOfList,
  signal: AbortSignal,
): Promise<UpstreamPage<TagWithMetadata> & { headers: HttpAnswer['headers'] }> {
  const path = `/v2/${repository}/tags/list`;
  const list = { path, key: 'tags', scope: pullScope(repository), names: TagName };
  const { entries, ...rest } = await readNames(client, list, part, signal);
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
  return listPages(
    (query, after) => readNames(client, list, { query, after }, signal),
    `n=${page.limit}`,
    page,
  );
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

/** Which page of a list, and of that what is after a name. */
type PartOfList = { readonly query: string; readonly after?: string | undefined };

/** Takes names as they come in: a registry that cannot page sends all that it has. */
async function readNames(client: RegistryClient, list: NameList, part: PartOfList, signal: AbortSignal) {
  const begin = () => {
    const gate = new NameGate(list.names);
    const window = new NameWindow<{ readonly name: string }>(part.after);
    const add = ({ value }: JsonPart) => {
      if (typeof value !== 'string') throw otherForm(client.url(list.path), list.key);
      // Checked one by one: a single bad name must not hide the others.
      if (gate.admits(value)) window.add({ name: value });
    };
    return { add, gate, window };
  };
  const { value, headers } = await readList(client, list, part.query, begin, signal);
  // What is wrong with a page is said with its first part.
  const warnings = part.after === undefined ? value.gate.warnings : [];
  return { ...value.window.page(), warnings, next: nextPageQuery(headers['link']), headers };
}

/** Asks again without `n` where the page size is refused: some registries take less than we ask for, or none. */
async function readList<T extends { add(part: JsonPart): void }>(
  client: RegistryClient,
  { path, scope, key }: NameList,
  query: string,
  begin: () => T,
  signal: AbortSignal,
) {
  // Google's catalog leads to its documentation on some hosts; that is no list.
  const request = { scope, isOwnOnly: path === catalogPath };
  const ask = (url: URL) => client.jsonParts({ ...request, url }, { [key]: 'array' }, begin, signal);
  try {
    return await ask(client.url(path, query));
  } catch (error) {
    const isRefusal =
      error instanceof RegistryError && ['invalid-answer', 'unsupported'].includes(error.code);
    if (!isRefusal || !/^n=\d+$/.test(query)) throw error;
    return await ask(client.url(path));
  }
}
