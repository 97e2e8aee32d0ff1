import { Digest, inventoryLimits, type BaseImage } from '@plimsoll/contracts';

const nameKey = 'org.opencontainers.image.base.name';
const digestKey = 'org.opencontainers.image.base.digest';

/**
 * The image that an image says it was built from: in the annotations of its manifest (OCI image-spec, annotations.md),
 * else in the labels of its config, where some builders write the same keys.
 */
export function baseImage(
  annotations: Readonly<Record<string, string>> = {},
  labels: Readonly<Record<string, string>> = {},
): BaseImage | undefined {
  for (const said of [annotations, labels]) {
    const name = said[nameKey]?.slice(0, inventoryLimits.text);
    const digest = Digest.safeParse(said[digestKey]).data;
    if (name || digest) return { ...(name && { name }), ...(digest && { digest }) };
  }
  return undefined;
}
