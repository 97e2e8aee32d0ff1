import { Digest } from '@plimsoll/contracts';
import type { LayerDescription } from '../image-source.ts';

/**
 * What the manifest says of a layer's table of contents. Manifests are known by their digest, so a table that fits
 * the digest in here is as sure as the layer's own digest.
 */
export type ContentsClaim =
  | { readonly form: 'estargz'; /** Of the table's JSON. */ readonly digest: Digest }
  | {
      readonly form: 'zstd-chunked';
      /** Of the table as it is stored, compressed. */
      readonly digest: Digest;
      /** Where the table lies in the blob, bytes. */
      readonly start: number;
      readonly storedBytes: number;
      readonly plainBytes: number;
    };

/** containerd/stargz-snapshotter, docs/estargz.md */
const stargzDigest = 'containerd.io/snapshot/stargz/toc.digest';
/** containers/storage, pkg/chunked */
const chunkedDigest = 'io.github.containers.zstd-chunked.manifest-checksum';
const chunkedPosition = 'io.github.containers.zstd-chunked.manifest-position';

/** Reads what the annotations of a layer claim; undefined when they claim no table of contents that we can read. */
export function contentsClaim({ annotations = {}, sizeBytes }: LayerDescription): ContentsClaim | undefined {
  const chunked = Digest.safeParse(annotations[chunkedDigest]);
  if (chunked.success) return chunkedClaim(chunked.data, annotations[chunkedPosition] ?? '', sizeBytes);
  const stargz = Digest.safeParse(annotations[stargzDigest]);
  return stargz.success ? { form: 'estargz', digest: stargz.data } : undefined;
}

/** `OFFSET:STORED:PLAIN:TYPE`, where 1 is the only type there is. */
function chunkedClaim(digest: Digest, position: string, sizeBytes: number): ContentsClaim | undefined {
  const [, start, stored, plain] = /^(\d{1,15}):(\d{1,15}):(\d{1,15}):1$/.exec(position) ?? [];
  if (start === undefined) return undefined;
  const claim = { start: Number(start), storedBytes: Number(stored), plainBytes: Number(plain) };
  return claim.start + claim.storedBytes <= sizeBytes
    ? { form: 'zstd-chunked', digest, ...claim }
    : undefined;
}
