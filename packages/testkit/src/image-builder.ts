import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { estargz, zstdChunked, type SeekableLayer } from './seekable-layers.ts';

/** One entry of a layer's tar. `type` is `file` unless told; `target` is where a link points. */
export type LayerFile = {
  readonly path: string;
  readonly content?: string | Uint8Array;
  readonly mode?: number;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo' | 'character-device' | 'block-device';
  readonly target?: string;
  readonly uid?: number;
  readonly gid?: number;
};

/** One layer. `tar` replaces `files` where a test needs bytes that no well-meaning packer writes. */
export type LayerSpec = {
  readonly files?: readonly LayerFile[];
  readonly tar?: Uint8Array;
  readonly mediaType?: keyof typeof layerCompressions;
};

/** What an image is made of. `config` is merged over a config that fits the platform and the layers. */
export type ImageSpec = {
  readonly layers: readonly LayerSpec[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** `os/architecture[/variant]`, `linux/amd64` unless told. */
  readonly platform?: string;
  /** Which media types to write: OCI unless told. */
  readonly format?: 'oci' | 'docker';
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Content with its address. */
export type Blob = {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** What a manifest says of it beside. */
  readonly annotations?: Readonly<Record<string, string>>;
};

/** An image for one platform, all its bytes in memory. `digest` is the manifest's. */
export type BuiltImage = {
  readonly kind: 'image';
  readonly digest: string;
  readonly platform: string;
  readonly manifest: Blob;
  readonly config: Blob;
  readonly layers: readonly Blob[];
};

/** An index over images. `digest` is the index's. */
export type BuiltIndex = {
  readonly kind: 'index';
  readonly digest: string;
  readonly manifest: Blob;
  readonly images: readonly BuiltImage[];
};

/** Builds an image: the same spec gives the same digests, always. */
export async function buildImage(spec: ImageSpec): Promise<BuiltImage> {
  const types = mediaTypes[spec.format ?? 'oci'];
  const platform = spec.platform ?? 'linux/amd64';
  const tars = await Promise.all(spec.layers.map(layerTar));
  const stored = spec.layers.map(({ mediaType = 'gzip' }, index) => {
    const tar = tars[index] ?? new Uint8Array();
    return { plain: tar, ...layerCompressions[mediaType].compress(tar) };
  });
  const layers = spec.layers.map(({ mediaType = 'gzip' }, index): Blob => {
    const { suffix } = layerCompressions[mediaType];
    const { bytes = new Uint8Array(), annotations } = stored[index] ?? {};
    // Docker writes `.tar.gzip` where OCI writes `.tar+gzip`.
    const layerType = types.layer + (spec.format === 'docker' ? suffix.replace('+', '.') : suffix);
    return { ...blob(layerType, bytes), ...(annotations && { annotations }) };
  });
  const config = jsonBlob(types.config, {
    ...platformFields(platform),
    config: {},
    rootfs: { type: 'layers', diff_ids: stored.map(({ plain }) => sha256(plain)) },
    ...spec.config,
  });
  const manifest = jsonBlob(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(config),
    layers: layers.map(descriptor),
    ...(spec.annotations ? { annotations: spec.annotations } : {}),
  });
  return { kind: 'image', digest: manifest.digest, platform, manifest, config, layers };
}

/** Puts images of several platforms under one index. `extraEntries` are further descriptors, attestations for example. */
export function buildIndex(
  images: readonly BuiltImage[],
  { format = 'oci', extraEntries = [] }: { format?: 'oci' | 'docker'; extraEntries?: readonly object[] } = {},
): BuiltIndex {
  const manifest = jsonBlob(mediaTypes[format].index, {
    schemaVersion: 2,
    mediaType: mediaTypes[format].index,
    manifests: [
      ...images.map((image) => ({
        ...descriptor(image.manifest),
        platform: platformFields(image.platform),
      })),
      ...extraEntries,
    ],
  });
  return { kind: 'index', digest: manifest.digest, manifest, images };
}

/** Every blob and manifest below an image or index, itself last. */
export function blobsOf(image: BuiltImage | BuiltIndex): Blob[] {
  if (image.kind === 'index') return [...image.images.flatMap(blobsOf), image.manifest];
  return [image.config, ...image.layers, image.manifest];
}

/** The digest of some bytes, `sha256:..`. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Some bytes with their address. */
export function blob(mediaType: string, bytes: Uint8Array): Blob {
  return { digest: sha256(bytes), mediaType, bytes };
}

/** A document as JSON, with its address. */
export function jsonBlob(mediaType: string, document: unknown): Blob {
  return blob(mediaType, Buffer.from(JSON.stringify(document)));
}

/** What a manifest says of a blob. */
export function descriptor({ mediaType, digest, bytes, annotations }: Blob) {
  return { mediaType, digest, size: bytes.length, ...(annotations && { annotations }) };
}

const mediaTypes = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar',
  },
} as const;

type Compressed = { readonly bytes: Uint8Array } & Partial<Omit<SeekableLayer, 'bytes'>>;

const layerCompressions = {
  gzip: { suffix: '+gzip', compress: (tar: Uint8Array): Compressed => ({ bytes: gzipSync(tar) }) },
  zstd: { suffix: '+zstd', compress: (tar: Uint8Array): Compressed => ({ bytes: zstdCompressSync(tar) }) },
  plain: { suffix: '', compress: (tar: Uint8Array): Compressed => ({ bytes: tar }) },
  estargz: { suffix: '+gzip', compress: (tar: Uint8Array): Compressed => estargz(tar) },
  'zstd-chunked': { suffix: '+zstd', compress: (tar: Uint8Array): Compressed => zstdChunked(tar) },
} as const;

async function layerTar({ tar: given, files = [] }: LayerSpec): Promise<Uint8Array> {
  if (given) return given;
  const tar = pack();
  for (const { path, content = '', type = 'file', mode, target, uid = 0, gid = 0 } of files) {
    const header = {
      name: path,
      type,
      mode: mode ?? (type === 'directory' ? 0o755 : 0o644),
      uid,
      gid,
      mtime: new Date(0),
      ...(target === undefined ? {} : { linkname: target }),
    };
    if (type === 'file') tar.entry(header, Buffer.from(content));
    else tar.entry(header);
  }
  tar.finalize();
  return buffer(tar);
}

function platformFields(platform: string) {
  const [os, architecture, variant] = platform.split('/');
  return { os, architecture, ...(variant ? { variant } : {}) };
}
