import type { RegistryCredentials, RegistryType, TagWithMetadata } from '@plimsoll/contracts';
import type { Logger } from '@plimsoll/runtime';
import type { Authorizer, BasicCredentials } from '../auth/authorizer.ts';
import type { IdentityToken } from '../auth/identity-token.ts';
import type { Transport } from '../http/transport.ts';
import type { RegistryLimits } from '../limits.ts';
import type { Listing, PageRequest } from '../listing/list-pages.ts';
import type { RegistryBase } from '../registry-base.ts';
import type { RegistryClient } from '../registry-client.ts';
import type { SharedFetches } from '../shared-fetches.ts';

/** A repository as a listing tells it. */
export type RepositoryEntry = { readonly name: string };

/** One opened registry: its client, and what an authorizer for the product's own API is made from. */
export type ProviderSession = {
  readonly client: RegistryClient;
  /** User name and password, for APIs beside the registry. */
  readonly credentials: BasicCredentials | undefined;
  /** What of the registry is to be listed, from the base: an organization, a project. Empty is everything. */
  readonly namespace: string;
  /** What was found out about the registry, kept while it is open. */
  readonly memory: SharedFetches;
};

/** What a provider works with. */
export type ProviderContext = ProviderSession & {
  /** Lets requests into the product's own API. */
  readonly api: Authorizer;
};

/** What an authorizer for the registry itself is made from. */
export type Entrance = {
  readonly base: RegistryBase;
  readonly transport: Transport;
  readonly limits: RegistryLimits;
  /** All that was configured, also what is no user name and password. */
  readonly configured: RegistryCredentials;
  readonly log: Logger | undefined;
};

/**
 * One registry product: only what makes it different. Manifests and blobs are read by the shared client, which every
 * product speaks; listing is where they differ.
 */
export type Provider = {
  readonly type: RegistryType;
  /** The least account that lists and pulls, in the words of docs/registries.md. */
  readonly account: string;
  /** Hosts of the product beside the registry's own: credentials may go there too. */
  hosts?(credentials: RegistryCredentials): readonly string[];
  /** The address of the registry, as typed or known of the product. Undefined when it must be configured and is not. */
  base(credentials: RegistryCredentials): string | undefined;
  /** What of the registry is to be listed; everything unless told. */
  namespace?(credentials: RegistryCredentials): string;
  /** User name and password as the product wants them for Basic and for its token server. */
  login(credentials: RegistryCredentials): BasicCredentials | undefined;
  /** A place to which the product leads people whose instance does not work, and what that means. */
  readonly landing?: { readonly host: string; readonly meaning: string };
  /** What tokens are asked for with instead of user name and password; undefined where those are given. */
  identityToken?(entrance: Entrance): IdentityToken | undefined;
  /** Lets requests into the registry itself; does what its challenges ask for unless told. Undefined leaves it at that. */
  authorizer?(entrance: Entrance): Authorizer | undefined;
  /** Lets requests into the product's own API; sends user name and password unless told. */
  apiAuthorizer?(session: ProviderSession): Authorizer;
  /** The name that a repository has in URLs, where people also write a shorter one. */
  fullName?(repository: string, base: RegistryBase): string;
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

/** The name that a repository has in URLs. */
export function fullNameOf(provider: Provider, repository: string, base: RegistryBase): string {
  return provider.fullName?.(repository, base) ?? repository;
}
