import { Digest } from '@plimsoll/contracts';
import { z } from 'zod';
import type { AttachedSbom, ImageSource } from '../image-source.ts';
import { ScannerError } from '../scanner-error.ts';
import type { ImageFiles } from './image-files.ts';
import { configPlatform, matchesPlatform, platformName } from './platforms.ts';
import { blobPath, readBlobDocument, readDocument, verified } from './stored-content.ts';

/** Which of several images is meant. */
export type ImageChoice = {
  /** `os/architecture[/variant]`; `linux/amd64` where there are several and none is asked for. */
  readonly platform?: string | undefined;
  /** A name or tag that the image carries in the folder or archive, or its digest. */
  readonly reference?: string | undefined;
};

const Descriptor = z.object({
  mediaType: z.string().default(''),
  digest: Digest,
  size: z.number().int().nonnegative(),
  platform: z
    .object({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
    .optional()
    .catch(undefined),
  annotations: z.record(z.string(), z.string()).default({}),
});
type Descriptor = z.infer<typeof Descriptor>;

const Index = z.object({ manifests: z.array(Descriptor) });
const Manifest = z.object({
  config: Descriptor,
  layers: z.array(Descriptor),
  annotations: z.record(z.string(), z.string()).optional().catch(undefined),
});

/** What BuildKit puts beside an image in its index (docker/buildx, attestation-storage.md). */
const Attestation = z.object({ layers: z.array(Descriptor).max(100) });
const predicateType = 'in-toto.io/predicate-type';

/** Attestation manifests read for one image; BuildKit writes one. */
const maxAttestations = 8;

/** Indexes inside indexes: one for names, one for platforms, and one to spare. */
const maxDepth = 3;

/** Whether the files are an OCI image layout (OCI image-spec, image-layout.md). */
export async function isOciLayout(files: ImageFiles): Promise<boolean> {
  return (await files.size('index.json')) !== undefined && (await files.size('oci-layout')) !== undefined;
}

/** Reads one image of an OCI image layout. */
export function ociLayout(files: ImageFiles, choice: ImageChoice): ImageSource {
  const openBlob = ({ digest }: { digest: string }, signal: AbortSignal) =>
    verified(files.open(blobPath(digest), signal), digest);
  return {
    async describe(signal) {
      const { document } = await readDocument(files, 'index.json', signal);
      const { digest, attestations } = await chooseManifest(files, document, choice, signal);
      const manifest = parse(Manifest, await readBlobDocument(files, digest, signal), digest);
      const config = await readBlobDocument(files, manifest.config.digest, signal);
      return {
        digest,
        platform: configPlatform(config),
        config,
        ...(manifest.annotations && { annotations: manifest.annotations }),
        ...(attestations.length > 0 && { attestations }),
        layers: manifest.layers.map((layer) => ({
          digest: layer.digest,
          mediaType: layer.mediaType,
          sizeBytes: layer.size,
        })),
      };
    },
    openLayer: openBlob,
    async attachedSboms({ attestations = [] }, signal) {
      const found: AttachedSbom[] = [];
      for (const attestation of attestations.slice(0, maxAttestations)) {
        const manifest = parse(Attestation, await readBlobDocument(files, attestation, signal), attestation);
        for (const { digest, size, annotations } of manifest.layers) {
          if (!/spdx|cyclonedx/i.test(annotations[predicateType] ?? '')) continue;
          const open = (inner: AbortSignal) => openBlob({ digest }, inner);
          found.push({ source: 'attestation', digest, sizeBytes: size, open });
        }
      }
      return found;
    },
  };
}

/** The platforms of what a reference names in an OCI image layout, each once, in the order of the index. */
export async function layoutPlatforms(
  files: ImageFiles,
  choice: Omit<ImageChoice, 'platform'>,
  signal: AbortSignal,
): Promise<string[]> {
  const { document } = await readDocument(files, 'index.json', signal);
  const chosen = onlyOne(named(document, choice.reference), document);
  const platforms: string[] = [];
  for (const image of await imagesBelow(files, [chosen], 0, signal)) {
    platforms.push(
      image.platform ? platformName(image.platform) : await statedPlatform(files, image, signal),
    );
  }
  return [...new Set(platforms)];
}

/** An index need not say what an image is for; its config does. */
async function statedPlatform(
  files: ImageFiles,
  { digest }: Descriptor,
  signal: AbortSignal,
): Promise<string> {
  const { config } = parse(Manifest, await readBlobDocument(files, digest, signal), digest);
  return configPlatform(await readBlobDocument(files, config.digest, signal));
}

async function imagesBelow(
  files: ImageFiles,
  descriptors: readonly Descriptor[],
  depth: number,
  signal: AbortSignal,
): Promise<Descriptor[]> {
  if (depth > maxDepth) throw new ScannerError('invalid-image', 'The image index nests too deep');
  const images: Descriptor[] = [];
  for (const descriptor of descriptors) {
    if (!isIndex(descriptor)) images.push(descriptor);
    else {
      const below = await readBlobDocument(files, descriptor.digest, signal);
      images.push(...(await imagesBelow(files, imagesIn(below), depth + 1, signal)));
    }
  }
  return images;
}

async function chooseManifest(
  files: ImageFiles,
  document: unknown,
  { platform, reference }: ImageChoice,
  signal: AbortSignal,
): Promise<{ digest: string; attestations: string[] }> {
  let around = document;
  let candidates = choosePlatform(named(document, reference), platform);
  let chosen = onlyOne(candidates, document);
  for (let depth = 0; isIndex(chosen); depth += 1) {
    if (depth >= maxDepth) throw new ScannerError('invalid-image', 'The image index nests too deep');
    const below = (around = await readBlobDocument(files, chosen.digest, signal));
    candidates = choosePlatform(imagesIn(below), platform);
    if (!candidates[0]) throw whichOne(imagesIn(below));
    chosen = candidates[0];
  }
  return { digest: chosen.digest, attestations: attestationsOf(around, chosen.digest) };
}

function attestationsOf(index: unknown, image: string): string[] {
  return parse(Index, index, 'The image index')
    .manifests.filter(
      ({ annotations }) =>
        annotations['vnd.docker.reference.type'] === 'attestation-manifest' &&
        annotations['vnd.docker.reference.digest'] === image,
    )
    .map(({ digest }) => digest);
}

function imagesIn(document: unknown): Descriptor[] {
  return parse(Index, document, 'The image index').manifests.filter(isImage);
}

function named(document: unknown, reference: string | undefined): Descriptor[] {
  const all = imagesIn(document);
  return reference === undefined ? all : all.filter(isCalled(reference));
}

/** Where there is only one it is meant, unless another platform was asked for. */
function choosePlatform(
  descriptors: readonly Descriptor[],
  wanted: string | undefined,
): readonly Descriptor[] {
  if (descriptors.length === 1 && wanted === undefined) return descriptors;
  return descriptors.filter(({ platform }) => !platform || matchesPlatform(platform, wanted));
}

function onlyOne(descriptors: readonly Descriptor[], document: unknown): Descriptor {
  const [chosen, ...others] = new Map(
    descriptors.map((descriptor) => [descriptor.digest, descriptor]),
  ).values();
  if (!chosen || others.length > 0) throw whichOne(imagesIn(document));
  return chosen;
}

function whichOne(offered: readonly Descriptor[]): ScannerError {
  return new ScannerError('invalid-image', `Which image is meant? There are: ${list(offered)}`);
}

function isIndex({ mediaType }: Descriptor): boolean {
  return /index|manifest\.list/.test(mediaType);
}

/** Attestations of BuildKit are listed like images, for an unknown platform. */
function isImage({ platform, annotations }: Descriptor): boolean {
  return platform?.os !== 'unknown' && annotations['vnd.docker.reference.type'] === undefined;
}

function isCalled(reference: string): (descriptor: Descriptor) => boolean {
  return ({ digest, annotations }) =>
    digest === reference ||
    annotations['org.opencontainers.image.ref.name'] === reference ||
    annotations['io.containerd.image.name'] === reference;
}

function list(descriptors: readonly Descriptor[]): string {
  const names = descriptors.map(({ digest, platform, annotations }) => {
    const name = annotations['org.opencontainers.image.ref.name'] ?? digest;
    return platform ? `${name} (${platform.os}/${platform.architecture})` : name;
  });
  return names.length > 0 ? names.slice(0, 20).join(', ') : 'none';
}

function parse<T extends z.ZodType>(schema: T, document: unknown, what: string): z.infer<T> {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new ScannerError('invalid-image', `${what} is not of the form it must have`, { cause: parsed.error });
}
