import { z } from 'zod';
import { Inventory } from './inventory.ts';
import { Digest, Instant, Platform, Reference, RepositoryName, TagName } from './names.ts';

/** Page size limits of the agent's listings. */
export const listingLimits = { default: 1_000, max: 1_000 } as const;

const Page = z.object({
  /** Opaque; continues after the last entry of the page before. */
  cursor: z.string().max(4_096).optional(),
  limit: z.coerce.number().int().min(1).max(listingLimits.max).default(listingLimits.default),
});

const PageEnd = {
  /** Asks for the next page; absent on the last one. */
  nextCursor: z.string().optional(),
  /** False when part of what exists could not be listed; `warnings` says which part and why. */
  complete: z.boolean(),
  warnings: z.array(z.string()).max(1_000).default([]),
};

export const RepositoryPage = z.object({
  repositories: z.array(z.object({ name: z.string().max(255) })),
  ...PageEnd,
});
export type RepositoryPage = z.infer<typeof RepositoryPage>;

export const TagPage = z.object({
  repository: RepositoryName,
  tags: z.array(z.object({ name: TagName })),
  ...PageEnd,
});
export type TagPage = z.infer<typeof TagPage>;

/** `tag`: the time belongs to the tag; `manifest`: to the digest it points at; `absent`: the registry tells none. */
export const PushedAtKind = z.enum(['tag', 'manifest', 'absent']);
export type PushedAtKind = z.infer<typeof PushedAtKind>;

/** A tag as the registry's listing tells it. */
export const TagWithMetadata = z.object({
  name: TagName,
  digest: Digest.optional(),
  pushedAt: Instant.optional(),
  pushedAtKind: PushedAtKind,
});
export type TagWithMetadata = z.infer<typeof TagWithMetadata>;

export const TagWithMetadataPage = z.object({
  repository: RepositoryName,
  tags: z.array(TagWithMetadata),
  ...PageEnd,
});
export type TagWithMetadataPage = z.infer<typeof TagWithMetadataPage>;

/** What a reference points at. */
export const ImageMetadata = z.object({
  repository: RepositoryName,
  reference: Reference,
  /** Digest of what the reference points at: an index when the image has several platforms. */
  digest: Digest,
  mediaType: z.string(),
  images: z.array(
    z.object({ platform: Platform, digest: Digest, sizeBytes: z.number().int().nonnegative().optional() }),
  ),
});
export type ImageMetadata = z.infer<typeof ImageMetadata>;

export const StateIdentifier = z.object({ repository: RepositoryName, reference: Reference, digest: Digest });
export type StateIdentifier = z.infer<typeof StateIdentifier>;

/** Why a registry could not be entered, from a closed list; see docs/operations for the remedy of each. */
export const RegistryVerdictCode = z.enum([
  'ok',
  'unauthorized',
  'forbidden',
  'cannot-list',
  'not-a-registry',
  'tls',
  'unreachable',
  'rate-limited',
  'unsupported',
  'timeout',
  'error',
]);

/** The answer to "can this agent enter that registry with these credentials?". */
export const RegistryVerdict = z.object({
  ok: z.boolean(),
  code: RegistryVerdictCode,
  /** One sentence that names what, where, and what to do. */
  message: z.string(),
});
export type RegistryVerdict = z.infer<typeof RegistryVerdict>;

/** Asks an agent to read one image. The answer is immediate; the result comes by callback. */
export const ScanRequest = z.object({
  scanId: z.uuid(),
  repository: RepositoryName,
  reference: Reference,
  platform: Platform.optional(),
  /** Where the result goes: `${BROKER_CLIENT_URL}/api/v2/import/result`, filled in by the broker client. */
  callbackUrl: z.url().max(2_048),
  /** Where the end of the scan is told: `${BROKER_CLIENT_URL}/api/v2/import/done`. */
  doneUrl: z.url().max(2_048),
});
export type ScanRequest = z.infer<typeof ScanRequest>;

/** The older form of a scan request: one image by name. */
export const DiscoverRequest = z.object({
  scanId: z.uuid(),
  /** `repository:tag` or `repository@sha256:..` */
  image: z.string().max(512),
  platform: Platform.optional(),
  callbackUrl: z.url().max(2_048),
  doneUrl: z.url().max(2_048),
});
export type DiscoverRequest = z.infer<typeof DiscoverRequest>;

export const ScanAccepted = z.object({
  scanId: z.uuid(),
  /** `running` also when the same scanId was asked for before and is still being worked on. */
  status: z.enum(['running', 'finished']),
  /** True when this agent had already accepted the same scanId: asking again cost nothing. */
  repeated: z.boolean().default(false),
});
export type ScanAccepted = z.infer<typeof ScanAccepted>;

export const AgentHealth = z.object({
  ok: z.boolean(),
  version: z.string(),
  slots: z.object({ total: z.number().int(), free: z.number().int() }),
});
export type AgentHealth = z.infer<typeof AgentHealth>;

/** Why a scan failed. `retryable`: the same request may work later. */
export const ScanFailure = z.object({
  code: z.enum([
    'not-found',
    'unauthorized',
    'too-large',
    'unsupported',
    'rate-limited',
    'registry-unavailable',
    'invalid-image',
    'timeout',
    'cancelled',
    'internal',
  ]),
  message: z.string().max(2_048),
  retryable: z.boolean(),
});
export type ScanFailure = z.infer<typeof ScanFailure>;

/** POST /api/v2/import/result: delivered at least once; `scanId` makes it idempotent. */
export const ImportResult = z.object({
  scanId: z.uuid(),
  /** What the asked reference pointed at when it was read: an index's digest when the image has several platforms. */
  referenceDigest: Digest.optional(),
  inventory: Inventory,
});
export type ImportResult = z.infer<typeof ImportResult>;

/** POST /api/v2/import/done: the scan is over, after its result was acknowledged or because it failed. */
export const ImportDone = z.object({
  scanId: z.uuid(),
  status: z.enum(['finished', 'failed', 'returned']),
  failure: ScanFailure.optional(),
});
export type ImportDone = z.infer<typeof ImportDone>;

/** What every hop answers when it cannot: agent, broker client, broker server. */
export const HopError = z.object({ code: z.string(), message: z.string(), reason: z.string().optional() });
export type HopError = z.infer<typeof HopError>;

/** One route of the agent's API. A path that ends in `/*` takes a repository name, slashes included, in its place. */
export type AgentRoute = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: string;
  /** Whether the request carries registry credentials in `authorization`. */
  readonly credentials: boolean;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly response: z.ZodType;
};

/** The agent's API, as the platform may call it. The broker client's private allow-list is derived from this table. */
export const agentRoutes = {
  health: {
    method: 'GET',
    path: '/healthcheck',
    summary: 'Is the agent alive, and how many slots are free',
    credentials: false,
    response: AgentHealth,
  },
  systemCheck: {
    method: 'GET',
    path: '/systemcheck',
    summary: 'Can the registry be entered; 200 or the status of the failure',
    credentials: true,
    response: RegistryVerdict,
  },
  validateCredentials: {
    method: 'GET',
    path: '/validate-credentials',
    summary: 'Can the registry be entered with these credentials',
    credentials: true,
    response: RegistryVerdict,
  },
  listRepositories: {
    method: 'GET',
    path: '/list',
    summary: 'Repositories, page by page',
    credentials: true,
    query: Page,
    response: RepositoryPage,
  },
  listTags: {
    method: 'GET',
    path: '/list/*',
    summary: 'Tag names of a repository, the first page',
    credentials: true,
    response: TagPage,
  },
  listTagsPaginated: {
    method: 'GET',
    path: '/list-paginated/*',
    summary: 'Tag names of a repository, page by page',
    credentials: true,
    query: Page,
    response: TagPage,
  },
  listTagsWithMetadata: {
    method: 'GET',
    path: '/list-with-metadata/*',
    summary: 'Tags of a repository with digest and push time, page by page',
    credentials: true,
    query: Page.extend({
      /** Leaves out tags that are known to have been pushed before; where the registry sorts by time, the listing ends there. */
      pushedSince: Instant.optional(),
    }),
    response: TagWithMetadataPage,
  },
  imageMetadata: {
    method: 'GET',
    path: '/image-metadata/*',
    summary: 'What a reference points at',
    credentials: true,
    query: z.object({ reference: Reference }),
    response: ImageMetadata,
  },
  stateIdentifier: {
    method: 'GET',
    path: '/get-state-identifier',
    summary: 'The digest that a reference points at now',
    credentials: true,
    query: z.object({ repository: RepositoryName, reference: Reference }),
    response: StateIdentifier,
  },
  scan: {
    method: 'POST',
    path: '/scan',
    summary: 'Read one image; the result comes by callback',
    credentials: true,
    body: ScanRequest,
    response: ScanAccepted,
  },
  discover: {
    method: 'POST',
    path: '/discover',
    summary: 'Read one image, older form',
    credentials: true,
    body: DiscoverRequest,
    response: ScanAccepted,
  },
} as const satisfies Record<string, AgentRoute>;
export type AgentRouteName = keyof typeof agentRoutes;

/** Where the agent's callbacks go, as paths of the broker client and of the platform alike. */
export const callbackRoutes = {
  result: { method: 'POST', paths: ['/api/v2/import/result', '/v2/import/result'], body: ImportResult },
  done: { method: 'POST', paths: ['/api/v2/import/done', '/v2/import/done'], body: ImportDone },
} as const;
