/**
 * Why a layer of this media type is not read; undefined when it is. Which compression it names does not matter, for
 * the bytes tell better. (OCI image-spec, media-types.md; Docker image manifest v2 schema 2.)
 */
export function unsupportedReason(mediaType: string): string | undefined {
  if (/foreign|nondistributable/.test(mediaType)) return `Layers of type ${mediaType} are kept elsewhere`;
  if (/^application\/vnd\.oci\.image\.layer\.v1\.tar(?:\+(?:gzip|zstd))?$/.test(mediaType)) return undefined;
  if (
    /^application\/vnd\.docker\.image\.rootfs\.diff\.tar(?:\.gzip|\.zstd|\+gzip|\+zstd)?$/.test(mediaType)
  ) {
    return undefined;
  }
  return `Layers of type ${mediaType} are not read`;
}
