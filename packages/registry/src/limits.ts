import type { Backoff } from '@plimsoll/runtime';

/** Bounds of everything that is read from a registry. Whoever opens one may tighten or widen them. */
export type RegistryLimits = {
  readonly manifestBytes: number;
  readonly configBytes: number;
  readonly tokenBytes: number;
  readonly listPageBytes: number;
  readonly listStreamBytes: number;
  readonly listPartBytes: number;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly documentTimeoutMs: number;
  readonly errorBodyTimeoutMs: number;
  readonly blobGraceMs: number;
  readonly blobBytesPerSecond: number;
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly maxWaitMs: number;
  readonly blobResumes: number;
};

export const defaultLimits: RegistryLimits = {
  /** The distribution spec asks registries to take manifests up to 4 MiB; none writes larger ones. */
  manifestBytes: 4 * 1024 * 1024,
  /** Configs are a few KiB; the same bound as for manifests. */
  configBytes: 4 * 1024 * 1024,
  /** A token with many scopes is a few KiB. */
  tokenBytes: 64 * 1024,
  /** A page of a listing that is read whole; the largest have a thousand entries. */
  listPageBytes: 8 * 1024 * 1024,
  /** A registry that cannot page answers with all at once, which is read as it comes: a million of tags. */
  listStreamBytes: 128 * 1024 * 1024,
  /** Of such an answer one name. */
  listPartBytes: 256 * 1024,
  connectTimeoutMs: 10_000,
  /** Some registries count every tag before they send the first byte. */
  headersTimeoutMs: 60_000,
  /** Longest silence within a body. */
  idleTimeoutMs: 60_000,
  /** Longest time for one document (a manifest, a token, a page), however slowly it trickles. */
  documentTimeoutMs: 120_000,
  /** The body of a failure is looked at for its error code only. */
  errorBodyTimeoutMs: 5_000,
  /** A blob gets this long plus its size at the slowest speed below; time that the reader takes is not counted. */
  blobGraceMs: 300_000,
  blobBytesPerSecond: 32 * 1024,
  /** How often one request is made before its failure counts. */
  attempts: 4,
  backoff: { firstMs: 500, capMs: 10_000 },
  /** A registry that asks for a longer pause than this gets the request back as rate-limited. */
  maxWaitMs: 30_000,
  /** How often one blob is resumed in total; a hostile registry could break after every byte. */
  blobResumes: 20,
};
