import { createHash } from 'node:crypto';
import { Digest } from '@plimsoll/contracts';
import { z } from 'zod';
import type { ImageSource, LayerDescription } from '../image-source.ts';
import { isCompressed } from '../layers/decompress.ts';
import { normalPath } from '../layers/tar-walker.ts';
import { ScannerError } from '../scanner-error.ts';
import type { ImageFiles } from './image-files.ts';
import type { ImageChoice } from './oci-layout.ts';
import { configPlatform, matchesPlatform } from './platforms.ts';
import { readDocument, verified } from './stored-content.ts';

const manifestPath = 'manifest.json';
const layerMediaType = 'application/vnd.docker.image.rootfs.diff.tar';

const Manifest = z.array(
  z.object({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Layers: z.array(z.string()),
  }),
);
const ConfigDiffIds = z.object({ rootfs: z.object({ diff_ids: z.array(Digest) }) });

/** Whether the files are what `docker save`, `podman save`, skopeo or kaniko write. */
export async function isDockerArchive(files: ImageFiles): Promise<boolean> {
  return (await files.size(manifestPath)) !== undefined;
}

/** The platform of the image that a reference names; a docker archive holds each for one only. */
export async function archivePlatform(
  files: ImageFiles,
  choice: ImageChoice,
  signal: AbortSignal,
): Promise<string[]> {
  const { document } = await readDocument(files, manifestPath, signal);
  const chosen = choose(document, choice.reference);
  const { document: config } = await readDocument(files, normalPath(chosen.Config), signal);
  return [configPlatform(config)];
}

/**
 * Reads one image of a docker archive (moby, image-spec v1.2). There is no registry manifest in it, so the image's
 * digest is that of its config; a layer's is its diff id, or that of its file where the file is compressed.
 */
export function dockerArchive(files: ImageFiles, choice: ImageChoice): ImageSource {
  const pathOf = new Map<string, string>();
  return {
    async describe(signal) {
      const { document } = await readDocument(files, manifestPath, signal);
      const chosen = choose(document, choice.reference);
      const { document: config, digest } = await readDocument(files, normalPath(chosen.Config), signal);
      const platform = configPlatform(config);
      if (!isPlatform(platform, choice.platform)) {
        throw new ScannerError('invalid-image', `The image is for ${platform}, not for ${choice.platform}`);
      }
      const diffIds = ConfigDiffIds.safeParse(config).data?.rootfs.diff_ids;
      if (diffIds?.length !== chosen.Layers.length) {
        throw new ScannerError('invalid-image', 'The image config does not list the layers of the archive');
      }
      const layers: LayerDescription[] = [];
      for (const [index, written] of chosen.Layers.entries()) {
        const path = normalPath(written);
        const layer = await describeLayer(files, path, diffIds[index]!, signal);
        pathOf.set(layer.digest, path);
        layers.push(layer);
      }
      return { digest, platform, config, layers };
    },

    openLayer({ digest }, signal) {
      return verified(files.open(pathOf.get(digest) ?? '', signal), digest);
    },
  };
}

function choose(document: unknown, reference: string | undefined): z.infer<typeof Manifest>[number] {
  const images = Manifest.safeParse(document).data ?? [];
  const named =
    reference === undefined ? images : images.filter((image) => image.RepoTags?.includes(reference));
  const [chosen, ...others] = named;
  if (chosen && others.length === 0) return chosen;
  const tags = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  throw new ScannerError('invalid-image', `Which image is meant? There are ${tags.slice(0, 20).join(', ')}`);
}

function isPlatform(platform: string, wanted: string | undefined): boolean {
  const [os = '', architecture = '', variant] = platform.split('/');
  return wanted === undefined || matchesPlatform({ os, architecture, variant }, wanted);
}

async function describeLayer(
  files: ImageFiles,
  path: string,
  diffId: string,
  signal: AbortSignal,
): Promise<LayerDescription> {
  const sizeBytes = await files.size(path);
  if (sizeBytes === undefined) throw new ScannerError('invalid-image', `The archive holds no ${path}`);
  const digest = (await startsCompressed(files, path, signal)) ? await hashOf(files, path, signal) : diffId;
  return { digest, mediaType: layerMediaType, sizeBytes };
}

async function startsCompressed(files: ImageFiles, path: string, signal: AbortSignal): Promise<boolean> {
  for await (const piece of files.open(path, signal)) return isCompressed(piece);
  return false;
}

async function hashOf(files: ImageFiles, path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of files.open(path, signal)) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}
