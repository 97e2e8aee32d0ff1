import type { ImageDescription, ImageSource, LayerDescription } from '../image-source.ts';

/** What a scan asks of a registry; that of @plimsoll/registry answers it. */
export type BlobRegistry = {
  openBlob(
    repository: string,
    blob: Pick<LayerDescription, 'digest' | 'sizeBytes'>,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
};

/** An image of a registry, whose manifest and config were read already. */
export function registrySource(
  registry: BlobRegistry,
  repository: string,
  image: ImageDescription,
): ImageSource {
  return {
    describe: () => Promise.resolve(image),
    openLayer: (layer, signal) => registry.openBlob(repository, layer, signal),
  };
}
