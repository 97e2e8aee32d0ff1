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

  listRepositories(
    { client }: ProviderContext,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Listing<RepositoryEntry>> {
    return listPages(
      async (query) => {
        const { value, headers } = await readList(
          client,
          '/v2/_catalog',
          query,
          catalogScope,
          Catalog,
          signal,
        );
        const entries = (value.repositories ?? []).map((name) => ({ name }));
        return { ...keepValidNames(entries, RepositoryName), next: nextPageQuery(headers['link']) };
      },
      `n=${page.limit}`,
      page,
    );
  },

  /** The listing tells names only; digests are asked for one by one, and there is no push time. */
  listTags(
    { client }: ProviderContext,
    repository: string,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Listing<TagWithMetadata>> {
    return listPages(
      async (query) => {
        const path = `/v2/${repository}/tags/list`;
        const { value, headers } = await readList(client, path, query, pullScope(repository), Tags, signal);
        const entries = (value.tags ?? []).map((name) => ({ name, pushedAtKind: 'absent' as const }));
        return { ...keepValidNames(entries, TagName), next: nextPageQuery(headers['link']) };
      },
      `n=${page.limit}`,
      page,
    );
  },
};

const catalogScope = 'registry:catalog:*';

// Names are checked after, one by one: a single bad one must not hide the others.
const Catalog = z.object({ repositories: z.array(z.string()).nullish() });
/** `null` when all tags were deleted. */
const Tags = z.object({ tags: z.array(z.string()).nullish() });

/** Asks again without `n` where the page size is refused: some registries take less than we ask for, or none. */
async function readList<S extends z.ZodType>(
  client: RegistryClient,
  path: string,
  query: string,
  scope: string,
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
