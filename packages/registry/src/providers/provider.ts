import type { RegistryCredentials, RegistryType, TagWithMetadata } from '@plimsoll/contracts';
import type { BasicCredentials } from '../auth/authorizer.ts';
import type { Listing, PageRequest } from '../listing/list-pages.ts';
import type { RegistryClient } from '../registry-client.ts';

/** A repository as a listing tells it. */
export type RepositoryEntry = { readonly name: string };

/** What a provider works with: the client of the registry, and the credentials for APIs beside it. */
export type ProviderContext = {
  readonly client: RegistryClient;
  readonly credentials: BasicCredentials | undefined;
};

/**
 * One registry product: only what makes it different. Manifests and blobs are read by the shared client, which every
 * product speaks; listing is where they differ.
 */
export type Provider = {
  readonly type: RegistryType;
  /** The address of the registry, as typed or known of the product. Undefined when it must be configured and is not. */
  base(credentials: RegistryCredentials): string | undefined;
  /** User name and password as the product wants them for Basic and for its token server. */
  login(credentials: RegistryCredentials): BasicCredentials | undefined;
  /** Lists one page of repositories; throws RegistryError. */
  listRepositories(
    context: ProviderContext,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Listing<RepositoryEntry>>;
  /** Lists one page of a repository's tags; throws RegistryError. */
  listTags(
    context: ProviderContext,
    repository: string,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Listing<TagWithMetadata>>;
  /** Throws the RegistryError that keeps these credentials out of the product's own API. The registry itself is checked before. */
  checkApi?(context: ProviderContext, signal: AbortSignal): Promise<void>;
};
