import type { Digest, ImageMetadata, Platform } from '@plimsoll/contracts';
import { z } from 'zod';
import { parseJson } from '../parse-json.ts';
import type { RegistryClient } from '../registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import { openBlob, type BlobDescriptor } from './blob-stream.ts';
import { attestationsOf, choosePlatform, imagesOf, platformName } from './choose-platform.ts';
import { ImageIndex, ImageManifest } from './manifest.ts';
import { readManifest, type ManifestBytes } from './manifests.ts';
import { configTypes, indexTypes, manifestTypes } from './media-types.ts';

/** A layer as the manifest tells it. `urls` are where a foreign layer may be had; we never fetch from there. */
export type LayerDescriptor = BlobDescriptor & {
  readonly mediaType: string;
  readonly urls?: string[];
  readonly annotations?: Readonly<Record<string, string>>;
};

/** One image for one platform: everything but the bytes of its layers. */
export type RegistryImage = {
  /** Of the manifest. */
  readonly digest: Digest;
  /** Of the index that the reference points at, when it points at one. */
  readonly indexDigest?: Digest;
  readonly platform: Platform;
  /** The image config (OCI image-spec, config.md), unchecked beyond being an object. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly configDigest: Digest;
  readonly layers: readonly LayerDescriptor[];
  /** Manifests that the index holds as attestations of this image (BuildKit). */
  readonly attestations?: readonly Digest[];
  /** Of the manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Indexes may hold indexes; nobody nests them deeper than this. */
const maxIndexDepth = 3;

/** Reads the manifest and config that a reference leads to, through indexes to the platform wanted. */
export async function readImage(
  client: RegistryClient,
  repository: string,
  reference: string,
  wanted: Platform | undefined,
  signal: AbortSignal,
): Promise<RegistryImage> {
  const top = await readManifest(client, repository, reference, signal);
  let found = top;
  let platform: Platform | undefined;
  let attestations: Digest[] = [];
  for (let depth = 0; kindOf(client, repository, found) === 'index'; depth++) {
    const index = parseManifest(client, repository, found, ImageIndex);
    const entries = imagesOf(index);
    const entry = depth < maxIndexDepth ? choosePlatform(entries, wanted) : undefined;
    if (!entry) throw noPlatform(repository, reference, wanted, entries);
    platform = entry.platform;
    attestations = attestationsOf(index, entry.digest);
    found = await readManifest(client, repository, entry.digest, signal);
  }
  const manifest = parseManifest(client, repository, found, ImageManifest);
  if (!configTypes.includes(manifest.config.mediaType)) {
    const type = manifest.artifactType ?? manifest.config.mediaType;
    throw new RegistryError(
      'unsupported',
      `${repository}@${found.digest} is not a container image but ${type.slice(0, 100)}.`,
    );
  }
  const config = await readConfig(client, repository, manifest, signal);
  return {
    digest: found.digest,
    ...(found.digest !== top.digest && { indexDigest: top.digest }),
    platform: platformName(config) ?? platform ?? 'unknown/unknown',
    config,
    configDigest: manifest.config.digest,
    layers: manifest.layers.map(({ mediaType, digest, size, urls, annotations }) => ({
      digest,
      mediaType,
      sizeBytes: size,
      ...(urls && { urls }),
      ...(annotations && { annotations }),
    })),
    ...(attestations.length > 0 && { attestations }),
    ...(manifest.annotations && { annotations: manifest.annotations }),
  };
}

/** Tells what a reference points at: the images of all platforms, with their size where one request can tell it. */
export async function describeImage(
  client: RegistryClient,
  repository: string,
  reference: string,
  signal: AbortSignal,
): Promise<ImageMetadata> {
  const top = await readManifest(client, repository, reference, signal);
  const { digest, mediaType } = top;
  if (kindOf(client, repository, top) === 'index') {
    const images = imagesOf(parseManifest(client, repository, top, ImageIndex));
    return {
      repository,
      reference,
      digest,
      mediaType,
      images: images.flatMap(({ platform, digest }) => (platform ? [{ platform, digest }] : [])),
    };
  }
  const manifest = parseManifest(client, repository, top, ImageManifest);
  if (!configTypes.includes(manifest.config.mediaType))
    return { repository, reference, digest, mediaType, images: [] };
  const platform = platformName(await readConfig(client, repository, manifest, signal)) ?? 'unknown/unknown';
  const sizeBytes = manifest.layers.reduce((sum, { size }) => sum + size, manifest.config.size);
  return { repository, reference, digest, mediaType, images: [{ platform, digest, sizeBytes }] };
}

async function readConfig(
  client: RegistryClient,
  repository: string,
  { config: { digest, size } }: ImageManifest,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  if (size > client.limits.configBytes) {
    throw new RegistryError(
      'too-large',
      `The config ${repository}@${digest} has ${size} bytes, more than ${client.limits.configBytes}.`,
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of openBlob(client, repository, { digest, sizeBytes: size }, signal))
    chunks.push(chunk);
  return parseJson(
    Buffer.concat(chunks),
    z.record(z.string(), z.unknown()),
    client.url(`/v2/${repository}/blobs/${digest}`),
  );
}

/** The document's own media type counts; the header is what is left when it has none (OCI allows that). */
function kindOf(client: RegistryClient, repository: string, found: ManifestBytes): 'index' | 'manifest' {
  const document = parseManifest(client, repository, found, Untyped);
  const type = document.mediaType ?? found.mediaType;
  if (indexTypes.includes(type)) return 'index';
  if (manifestTypes.includes(type)) return 'manifest';
  if (document.schemaVersion === 2 && document.manifests) return 'index';
  if (document.schemaVersion === 2 && document.config) return 'manifest';
  throw new RegistryError(
    'unsupported',
    `${repository}@${found.digest} is a manifest of a kind that is not supported: ${type.slice(0, 100)}.`,
  );
}

const Untyped = z.object({
  schemaVersion: z.number().optional(),
  mediaType: z.string().optional(),
  manifests: z.unknown().optional(),
  config: z.unknown().optional(),
});

function parseManifest<S extends z.ZodType>(
  client: RegistryClient,
  repository: string,
  { bytes, digest }: ManifestBytes,
  schema: S,
): z.infer<S> {
  return parseJson(bytes, schema, client.url(`/v2/${repository}/manifests/${digest}`));
}

function noPlatform(
  repository: string,
  reference: string,
  wanted: Platform | undefined,
  entries: readonly { platform?: Platform }[],
): RegistryError {
  const offered = entries.map(({ platform }) => platform ?? 'unknown').slice(0, 20);
  return new RegistryError(
    'not-found',
    `${repository}:${reference} has no image for ${wanted ?? 'any platform'}; it has ${offered.join(', ') || 'none'}.`,
  );
}
