import { Digest } from '@plimsoll/contracts';
import { z } from 'zod';
import type { ImageSource } from '../image-source.ts';
import { ScannerError } from '../scanner-error.ts';
import type { ImageFiles } from './image-files.ts';
import { configPlatform, matchesPlatform } from './platforms.ts';
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

/** Indexes inside indexes: one for names, one for platforms, and one to spare. */
const maxDepth = 3;

/** Whether the files are an OCI image layout (OCI image-spec, image-layout.md). */
export async function isOciLayout(files: ImageFiles): Promise<boolean> {
  return (await files.size('index.json')) !== undefined && (await files.size('oci-layout')) !== undefined;
}

/** Reads one image of an OCI image layout. */
export function ociLayout(files: ImageFiles, choice: ImageChoice): ImageSource {
  return {
    async describe(signal) {
      const { document } = await readDocument(files, 'index.json', signal);
      const { digest } = await chooseManifest(files, document, choice, 0, signal);
      const manifest = parse(Manifest, await readBlobDocument(files, digest, signal), digest);
      const config = await readBlobDocument(files, manifest.config.digest, signal);
      return {
        digest,
        platform: configPlatform(config),
        config,
        ...(manifest.annotations && { annotations: manifest.annotations }),
        layers: manifest.layers.map((layer) => ({
          digest: layer.digest,
          mediaType: layer.mediaType,
          sizeBytes: layer.size,
        })),
      };
    },
    openLayer: ({ digest }, signal) => verified(files.open(blobPath(digest), signal), digest),
  };
}

async function chooseManifest(
  files: ImageFiles,
  document: unknown,
  choice: ImageChoice,
  depth: number,
  signal: AbortSignal,
): Promise<Descriptor> {
  if (depth > maxDepth) throw new ScannerError('invalid-image', 'The image index nests too deep');
  const all = parse(Index, document, 'The image index').manifests.filter(isImage);
  const named = depth > 0 || choice.reference === undefined ? all : all.filter(isCalled(choice.reference));
  const fitting = named.filter(({ platform }) => !platform || matchesPlatform(platform, choice.platform));
  // Where there is only one it is meant, unless another platform was asked for.
  const isOnly = named.length === 1 && choice.platform === undefined;
  const candidates = new Map((isOnly ? named : fitting).map((descriptor) => [descriptor.digest, descriptor]));
  const [chosen] = candidates.values();
  if (!chosen || (depth === 0 && candidates.size > 1)) {
    throw new ScannerError('invalid-image', `Which image is meant? There are: ${list(all)}`);
  }
  if (!/index|manifest\.list/.test(chosen.mediaType)) return chosen;
  const below = await readBlobDocument(files, chosen.digest, signal);
  return chooseManifest(files, below, choice, depth + 1, signal);
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
