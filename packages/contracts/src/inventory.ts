import { z } from 'zod';
import { Digest, Platform } from './names.ts';

/** Bounds of an inventory document, so that a hostile image cannot send an endless one. */
export const inventoryLimits = {
  packages: 200_000,
  layers: 1_000,
  history: 2_000,
  sboms: 200,
  warnings: 1_000,
  text: 4_096,
  contentSets: 200,
} as const;

const Text = z.string().max(inventoryLimits.text);

/** Where in an image a package was seen: the file that proves it, and the layer that holds the file. */
export const PackageLocation = z.object({ path: Text, layer: Digest });
export type PackageLocation = z.infer<typeof PackageLocation>;

/**
 * How a package is known: an installed package's own database or metadata, a lockfile that declares it, or a
 * binary it is linked into. `sbom`: nothing in the image tells of it, but a document about the image claims it.
 */
export const Evidence = z.enum(['installed', 'declared', 'binary', 'sbom']);
export type Evidence = z.infer<typeof Evidence>;

/** One package of an image, once per distinct purl, with all the places it was seen at. */
export const InventoryPackage = z.object({
  /** Package URL with type, namespace, name and version (github.com/package-url/purl-spec). */
  purl: Text,
  /** The purl's type: deb, apk, npm .. */
  type: z.string().max(32),
  /** As the package manager writes it, scope or group included: `@babel/core`, `openssl`. */
  name: Text,
  version: Text,
  arch: z.string().max(64).optional(),
  /** Source package of an operating-system package (dpkg `Source`, apk origin), when it is not the package itself. */
  sourceName: Text.optional(),
  sourceVersion: Text.optional(),
  /** rpm's MODULARITYLABEL: `nodejs:16:8080020230718:abc`. The purl tells it too, as `rpmmod`. */
  modularity: Text.optional(),
  /** The distribution or vendor a package came from, as far as its database tells. */
  origin: Text.optional(),
  /** SHA-1 of a Java archive that does not name its group, for a look-up. Its version may be `unknown`. */
  sha1: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  evidence: Evidence,
  /**
   * Blob digest of the layer that brought this version of the package into the image. Absent for a package that only a
   * document beside the image claims.
   */
  layer: Digest.optional(),
  locations: z.array(PackageLocation).max(1_000),
  /** The operating-system package whose file list holds the proving file; of several that hold a copy each, the first. */
  ownedBy: Text.optional(),
  /** The other operating-system packages that hold copies, when there are any: the distribution looks after all of them. */
  alsoOwnedBy: z.array(Text).max(20).optional(),
  /** The archive or tool that contains the package, for example `npm`. */
  nestedIn: Text.optional(),
  /** Of evidence `sbom`: the documents that claim it, as `sboms` names them: by path, or by digest. */
  claimedBy: z.array(Text).max(20).optional(),
  /** The layer that deleted or replaced the package; only in inventories that were asked to tell of all layers. */
  removedIn: Digest.optional(),
});
export type InventoryPackage = z.infer<typeof InventoryPackage>;

/** The operating system as os-release tells it. */
export const OsRelease = z.object({
  id: z.string().max(128),
  versionId: z.string().max(128).optional(),
  codename: z.string().max(128).optional(),
  prettyName: Text.optional(),
  idLike: Text.optional(),
  /** Red Hat's repositories that the image was built from: `rhel-9-for-x86_64-baseos-rpms`. */
  contentSets: z.array(z.string().max(256)).max(inventoryLimits.contentSets).optional(),
});
export type OsRelease = z.infer<typeof OsRelease>;

export const InventoryLayer = z.object({
  digest: Digest,
  diffId: Digest.optional(),
  mediaType: z.string().max(256),
  sizeBytes: z.number().int().nonnegative(),
  /** The instruction of the image history that made the layer. */
  createdBy: Text.optional(),
  /** When it did, as the history says. */
  createdAt: z.string().max(64).optional(),
});
export type InventoryLayer = z.infer<typeof InventoryLayer>;

/** One step of the image's history, as its builder wrote it (OCI image-spec, config.md). */
export const HistoryStep = z.object({
  createdBy: Text.optional(),
  createdAt: z.string().max(64).optional(),
  comment: Text.optional(),
  /** Which of `layers` it made, 0 the lowest; absent for a step that changed the config only, or where history and layers do not fit. */
  layer: z.number().int().nonnegative().optional(),
});
export type HistoryStep = z.infer<typeof HistoryStep>;

/** The image that this one was built from, as its annotations or labels say (OCI image-spec, annotations.md). */
export const BaseImage = z.object({ name: Text.optional(), digest: Digest.optional() });
export type BaseImage = z.infer<typeof BaseImage>;

/** A document about the image that was read: an SBOM of whoever built or pushed it. */
export const Sbom = z.object({
  /** `file`: in the image. The others are attached to it: in the OCI referrers list, in its index, by cosign's tags. */
  source: z.enum(['file', 'referrer', 'attestation', 'tag']),
  /** Of a file. */
  path: Text.optional(),
  /** Of an attached document. */
  digest: Digest.optional(),
  format: z.enum(['cyclonedx', 'spdx']),
  /** Nobody's signature was verified: `unsigned` has none, `unverified` has one. */
  trust: z.enum(['unsigned', 'unverified']),
  /** How many packages it names. */
  packages: z.number().int().nonnegative(),
});
export type Sbom = z.infer<typeof Sbom>;

/** Something the scan could not read. The rest of the inventory is still true. */
export const ScanWarning = z.object({
  code: z.string().max(64),
  message: Text,
  layer: Digest.optional(),
  path: Text.optional(),
});
export type ScanWarning = z.infer<typeof ScanWarning>;

/** What is in one image: the result of a scan. */
export const Inventory = z.object({
  schemaVersion: z.literal(1),
  /** Digest of the image manifest for this platform. */
  digest: Digest,
  platform: Platform,
  os: OsRelease.nullable(),
  layers: z.array(InventoryLayer).max(inventoryLimits.layers),
  /** Oldest step first, those that made no layer among them. */
  history: z.array(HistoryStep).max(inventoryLimits.history).optional(),
  baseImage: BaseImage.optional(),
  config: z.object({
    created: z.string().max(64).optional(),
    user: Text.optional(),
    entrypoint: z.array(Text).max(500).optional(),
    cmd: z.array(Text).max(500).optional(),
    exposedPorts: z.array(z.string().max(64)).max(500).optional(),
    labels: z.record(z.string().max(256), Text).optional(),
  }),
  /** Of the image manifest, `org.opencontainers.image.base.name` for example (OCI image-spec, annotations.md). */
  annotations: z.record(z.string().max(256), Text).optional(),
  packages: z.array(InventoryPackage).max(inventoryLimits.packages),
  sboms: z.array(Sbom).max(inventoryLimits.sboms).optional(),
  warnings: z.array(ScanWarning).max(inventoryLimits.warnings),
  scanner: z.object({
    version: z.string().max(64),
    analyzers: z.record(z.string().max(64), z.number().int()),
  }),
  cost: z.object({
    durationMs: z.number().nonnegative(),
    bytesPulled: z.number().int().nonnegative(),
    /** Of the layers that were read, what their tables of contents made it unnecessary to fetch. */
    bytesAvoided: z.number().int().nonnegative().optional(),
    layersRead: z.number().int().nonnegative(),
    layersFromCache: z.number().int().nonnegative(),
  }),
});
export type Inventory = z.infer<typeof Inventory>;
