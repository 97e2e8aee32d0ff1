import { createHash } from 'node:crypto';
import type {
  ImageMetadata,
  Platform,
  RegistryCredentials,
  RegistryVerdict,
  TagWithMetadata,
} from '@plimsoll/contracts';
import type { Logger } from '@plimsoll/runtime';
import { basicAuthorizer } from './auth/authorizer.ts';
import { ChallengeAuthorizer } from './auth/challenge-authorizer.ts';
import { TokenSource } from './auth/token-source.ts';
import { EgressRules, type EgressOptions } from './http/egress-rules.ts';
import { RateBudgets } from './http/rate-budgets.ts';
import { Transport, type ClientCertificate, type ProxyOptions } from './http/transport.ts';
import { defaultLimits, type RegistryLimits } from './limits.ts';
import type { PageRequest } from './listing/list-pages.ts';
import { PageShelf } from './listing/page-shelf.ts';
import { configuredNames, listRepositories } from './listed-repositories.ts';
import { findSboms, type AttachedSbom } from './oci/attached-sboms.ts';
import { openBlobRange, type ByteRange } from './oci/blob-range.ts';
import { openBlob, type BlobDescriptor, type Lend } from './oci/blob-stream.ts';
import { requireRepositoryName, resolveReference, type Resolved } from './oci/manifests.ts';
import { describeImage, readImage, type RegistryImage } from './oci/read-image.ts';
import { providerOf } from './providers/index.ts';
import { fullNameOf, type ProviderContext, type RepositoryEntry } from './providers/provider.ts';
import { parseRegistryBase } from './registry-base.ts';
import { RegistryClient } from './registry-client.ts';
import { RegistryError } from './registry-error.ts';
import { SharedFetches } from './shared-fetches.ts';
import { checkRegistry, verdictOf } from './verdict.ts';

type PageEnd = { nextCursor?: string; complete: boolean; warnings: string[] };

/** A registry that was opened with some credentials. Everything throws RegistryError; everything waits on its signal. */
export type Registry = {
  /** Can it be entered and listed? The message says what, where and what to do, and holds no secret. */
  checkCredentials(signal: AbortSignal): Promise<RegistryVerdict>;
  listRepositories(
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<{ repositories: RepositoryEntry[] } & PageEnd>;
  listTags(
    repository: string,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<{ tags: TagWithMetadata[] } & PageEnd>;
  /** What a tag or digest points at now. */
  resolve(repository: string, reference: string, signal: AbortSignal): Promise<Resolved>;
  /** Manifest and config of one image; without a platform the usual one is chosen (see choosePlatform). */
  readImage(
    repository: string,
    reference: string,
    platform: Platform | undefined,
    signal: AbortSignal,
  ): Promise<RegistryImage>;
  describeImage(repository: string, reference: string, signal: AbortSignal): Promise<ImageMetadata>;
  /** Bytes of a blob as they are stored, see `openBlob`; an error at the end when they are not those of the digest. */
  openBlob(
    repository: string,
    descriptor: BlobDescriptor,
    signal: AbortSignal,
    lend?: Lend,
  ): AsyncIterable<Uint8Array>;
  /** A part of a blob as it is stored, unchecked; `unsupported` when the registry does not answer with just that. */
  openBlobRange(
    repository: string,
    descriptor: BlobDescriptor,
    range: ByteRange,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** The SBOMs that are attached to an image, to be read by `openBlob`; none is no error. */
  findSboms(
    repository: string,
    image: Pick<RegistryImage, 'digest' | 'attestations'>,
    signal: AbortSignal,
  ): Promise<AttachedSbom[]>;
  /** Ends every connection. */
  close(): Promise<void>;
};

export type RegistryOptions = {
  /** Told of failed tries that are made again. */
  readonly log?: Logger;
  readonly egress?: EgressOptions;
  readonly limits?: Partial<RegistryLimits>;
  readonly proxy?: ProxyOptions;
  /** PEM certificates trusted beside those of Node. */
  readonly ca?: readonly string[];
  /** PEM certificate and key that the registry is shown when it asks for one; nobody else is. */
  readonly clientCertificate?: ClientCertificate;
  /** False trusts any certificate. */
  readonly verifyCertificates?: boolean;
  /** How fast hosts may be asked, shared by registries that are open at the same time; its own unless told. */
  readonly budgets?: RateBudgets;
  readonly userAgent?: string;
};

/** Opens a registry; nothing is sent yet. Credentials that cannot work are told by the first call, not here. */
export function openRegistry(credentials: RegistryCredentials, options: RegistryOptions = {}): Registry {
  try {
    return connect(credentials, options);
  } catch (error) {
    return unusable(error);
  }
}

/** Somebody waits for a verdict: a short pause and one more try are all there is time for. */
const verdictLimits = { attempts: 2, maxWaitMs: 2_000 };

function connect(credentials: RegistryCredentials, options: RegistryOptions): Registry {
  const provider = providerOf(credentials.type);
  const typed = provider.base(credentials);
  if (!typed)
    throw new RegistryError(
      'not-a-registry',
      `A registry of type ${provider.type} needs a base: its address.`,
    );
  const base = parseRegistryBase(typed, { insecureHttp: credentials.insecureHttp ?? false });
  const limits = { ...defaultLimits, ...options.limits };
  const egress = new EgressRules(base, {
    ...options.egress,
    trustedHosts: [...(provider.hosts?.(credentials) ?? []), ...(options.egress?.trustedHosts ?? [])],
  });
  const userAgent = options.userAgent ?? 'plimsoll';
  const { proxy, ca, clientCertificate, verifyCertificates = true } = options;
  const transport = new Transport({
    egress,
    limits,
    userAgent,
    proxy,
    tls: { ca, clientCertificate, verifyCertificates },
    ownHost: base.host,
    budgets: options.budgets ?? new RateBudgets(),
    account: createHash('sha256').update(JSON.stringify(credentials)).digest('base64'),
  });
  const { log } = options;
  const login = provider.login(credentials);
  const contextWith = (limits: RegistryLimits): ProviderContext => {
    const entrance = { base, transport, limits, configured: credentials, log };
    const identity = provider.identityToken?.(entrance);
    const tokens = new TokenSource({ transport, limits, credentials: login, identity, log });
    const authorizer =
      provider.authorizer?.(entrance) ??
      new ChallengeAuthorizer({ base, egress, credentials: login, tokens });
    const session = {
      client: new RegistryClient({ base, limits, authorizer, transport, log }),
      credentials: login,
      namespace: provider.namespace?.(credentials) ?? '',
      memory: new SharedFetches(limits.documentTimeoutMs),
    };
    return { ...session, api: provider.apiAuthorizer?.(session) ?? basicAuthorizer(login) };
  };
  const fullName = (repository: string) => fullNameOf(provider, repository, base);
  const context = contextWith(limits);
  const { client } = context;
  const names = configuredNames(credentials);
  const shelf = new PageShelf();

  return {
    checkCredentials: (signal) =>
      checkRegistry(provider, contextWith({ ...limits, ...verdictLimits }), names, signal),
    async listRepositories(page, signal) {
      const request = { ...page, shelf: shelf.of('') };
      const { entries, ...end } = await listRepositories(provider, context, names, request, signal);
      return { repositories: entries, ...end };
    },
    async listTags(repository, page, signal) {
      requireRepositoryName(repository);
      const request = { ...page, shelf: shelf.of(`${repository} ${page.pushedSince?.getTime()}`) };
      const { entries, ...end } = await provider.listTags(context, fullName(repository), request, signal);
      return { tags: entries, ...end };
    },
    resolve: (repository, reference, signal) =>
      resolveReference(client, fullName(repository), reference, signal),
    readImage: (repository, reference, platform, signal) =>
      readImage(client, fullName(repository), reference, platform, signal),
    describeImage: async (repository, reference, signal) => ({
      ...(await describeImage(client, fullName(repository), reference, signal)),
      // Whoever asked by a shorter name knows it by that one.
      repository,
    }),
    openBlob: (repository, descriptor, signal, lend) =>
      openBlob(client, fullName(repository), descriptor, signal, lend),
    openBlobRange: (repository, descriptor, range, signal) =>
      openBlobRange(client, fullName(repository), descriptor, range, signal),
    findSboms: (repository, image, signal) => findSboms(client, fullName(repository), image, signal),
    close: () => transport.close(),
  };
}

/** What cannot be opened says so at every call. */
function unusable(failure: unknown): Registry {
  const fail = async (): Promise<never> => {
    throw failure;
  };
  const failingBytes = () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) });
  return {
    checkCredentials: async () => verdictOf(failure),
    listRepositories: fail,
    listTags: fail,
    resolve: fail,
    readImage: fail,
    describeImage: fail,
    openBlob: failingBytes,
    openBlobRange: failingBytes,
    findSboms: fail,
    close: async () => undefined,
  };
}
