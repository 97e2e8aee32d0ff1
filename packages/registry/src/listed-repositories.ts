import type { RegistryCredentials } from '@plimsoll/contracts';
import { chainPages } from './listing/chain-pages.ts';
import { listPages, type Listing, type PageRequest } from './listing/list-pages.ts';
import type { Provider, ProviderContext, RepositoryEntry } from './providers/provider.ts';
import { isWithin } from './providers/typed-base.ts';

/** The repositories and namespaces that the configuration names, where the registry's own list is closed or not wanted. */
export type ConfiguredNames = {
  readonly repositories: readonly string[];
  readonly namespaces: readonly string[];
};

/** What the credentials document names. A namespace within another one is listed with that. */
export function configuredNames({ extra }: RegistryCredentials): ConfiguredNames {
  const namespaces = [...new Set(extra?.namespaces)];
  return {
    repositories: [...new Set(extra?.repositories)],
    namespaces: namespaces.filter(
      (name) => !namespaces.some((other) => other !== name && isWithin(other, name)),
    ),
  };
}

/** Where the repositories come from that stand in the configuration; no namespace is called so. */
const named = '';

/**
 * Lists one page of what is to be listed of a registry: the named repositories, without asking it, then those of the
 * named namespaces; everything when the configuration names nothing. Names are told once.
 */
export async function listRepositories(
  provider: Provider,
  context: ProviderContext,
  { repositories, namespaces }: ConfiguredNames,
  page: PageRequest,
  signal: AbortSignal,
): Promise<Listing<RepositoryEntry>> {
  if (repositories.length === 0 && namespaces.length === 0) {
    return listNamespace(provider, context, page, signal);
  }
  const known = new Set(repositories);
  const sources = [...(repositories.length > 0 ? [named] : []), ...namespaces];
  const chain = chainPages(sources, '', async (namespace, cursor) => {
    if (namespace === named) return { entries: repositories.map((name) => ({ name })) };
    const request = { limit: page.limit, ...(cursor && { cursor }) };
    const part = await listNamespace(provider, { ...context, namespace }, request, signal);
    return {
      entries: part.entries.filter(({ name }) => !known.has(name)),
      complete: part.complete,
      warnings: part.warnings,
      next: part.nextCursor,
    };
  });
  return listPages(chain.readPage, chain.firstQuery, page);
}

/** Not every product can be asked for a namespace alone, so what lies outside is left out here. */
async function listNamespace(
  provider: Provider,
  context: ProviderContext,
  page: PageRequest,
  signal: AbortSignal,
): Promise<Listing<RepositoryEntry>> {
  const { entries, ...end } = await provider.listRepositories(context, page, signal);
  return { entries: entries.filter(({ name }) => isWithin(context.namespace, name)), ...end };
}
