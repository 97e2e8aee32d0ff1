import type { AttachedSbom, ImageDescription, ImageSource, LayerDescription, Lend } from '../image-source.ts';

/** What a scan asks of a registry; that of @plimsoll/registry answers it. */
export type BlobRegistry = {
  openBlob(
    repository: string,
    blob: Pick<LayerDescription, 'digest' | 'sizeBytes'>,
    signal: AbortSignal,
    lend?: Lend,
  ): AsyncIterable<Uint8Array>;
  openBlobRange(
    repository: string,
    blob: Pick<LayerDescription, 'digest' | 'sizeBytes'>,
    range: { readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  findSboms(
    repository: string,
    image: Pick<ImageDescription, 'digest' | 'attestations'>,
    signal: AbortSignal,
  ): Promise<readonly Omit<AttachedSbom, 'open'>[]>;
};

/** An image of a registry, whose manifest and config were read already. */
export function registrySource(
  registry: BlobRegistry,
  repository: string,
  image: ImageDescription,
): ImageSource {
  return {
    describe: () => Promise.resolve(image),
    openLayer: (layer, signal, lend) => registry.openBlob(repository, layer, signal, lend),
    async attachedSboms({ digest, attestations }, signal) {
      const image = { digest, ...(attestations && { attestations }) };
      const found = await registry.findSboms(repository, image, signal);
      return found.map((sbom) => ({ ...sbom, open: (inner) => registry.openBlob(repository, sbom, inner) }));
    },
    openRange: (layer, range, signal) => registry.openBlobRange(repository, layer, range, signal),
  };
}
