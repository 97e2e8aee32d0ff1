import type { Sbom } from '@plimsoll/contracts';

/** One layer of an image, as its manifest describes it. */
export type LayerDescription = {
  /** Digest of the blob as stored, `sha256:..`; the key of the layer cache. */
  readonly digest: string;
  readonly mediaType: string;
  /** Compressed size as the manifest declares it, bytes. */
  readonly sizeBytes: number;
  /** Of the layer in the manifest; among them what its table of contents is known by. */
  readonly annotations?: Readonly<Record<string, string>>;
};

/** One image for one platform, before any layer was read. */
export type ImageDescription = {
  /** Digest of the image manifest; of the config where an archive holds no manifest. */
  readonly digest: string;
  /** `os/architecture[/variant]` */
  readonly platform: string;
  /** The image config, parsed JSON (OCI image-spec, config.md); read with care, it comes from the image's maker. */
  readonly config: unknown;
  /** Of the image manifest, where there is one. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Digests of manifests that the image's index holds as attestations of it (BuildKit). */
  readonly attestations?: readonly string[];
  /** Lowest layer first. */
  readonly layers: readonly LayerDescription[];
};

/** A document that lies beside an image and tells of its packages. */
export type AttachedSbom = {
  readonly source: Exclude<Sbom['source'], 'file'>;
  readonly digest: string;
  readonly sizeBytes: number;
  /** Its bytes; throws at their end when they are not those of the digest. */
  open(signal: AbortSignal): AsyncIterable<Uint8Array>;
};

/** Gives memory for the next chunk, when there is some. What was lent is the source's until its stream ends. */
export type Lend = () => Promise<ArrayBuffer>;

/**
 * Where one image is read from: a registry, a folder, an archive. The stream of a layer yields the blob as it is
 * stored, stops when its signal is aborted, and throws at its end when the digest was wrong, so nothing of a layer
 * counts before its stream has ended. A chunk is only valid until the next one is asked for.
 */
export interface ImageSource {
  describe(signal: AbortSignal): Promise<ImageDescription>;
  /** @param lend memory that chunks may be put into, each at the beginning of its own: such are not copied again */
  openLayer(layer: LayerDescription, signal: AbortSignal, lend?: Lend): AsyncIterable<Uint8Array>;
  /**
   * The stored bytes of a layer from `start` up to but not including `end`, unchecked; throws when it cannot have just
   * them. Sources that have the whole layer at hand anyway leave this out.
   */
  openRange?(
    layer: LayerDescription,
    range: { readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** The SBOMs that are attached to the image. */
  attachedSboms?(image: ImageDescription, signal: AbortSignal): Promise<readonly AttachedSbom[]>;
  /** Lets go of what the source holds open; to be called once, when no scan reads from it any more. */
  close?(): Promise<void>;
}
