import { Digest, Platform } from '@plimsoll/contracts';
import type { ImageIndex, IndexEntry } from './manifest.ts';

/** One image below an index. `platform` is absent when the index does not tell it. */
export type PlatformEntry = { readonly digest: Digest; readonly platform?: Platform };

/** The images below an index: attestations, which say `unknown/unknown`, and what we could not read are left out. */
export function imagesOf(index: ImageIndex): PlatformEntry[] {
  return index.manifests.flatMap((entry) => {
    const digest = Digest.safeParse(entry.digest);
    if (!digest.success || isAttestation(entry)) return [];
    const platform = platformName(entry.platform);
    return [{ digest: digest.data, ...(platform && { platform }) }];
  });
}

/** The attestations that an index holds of one of its images (docker/buildx, attestation-storage.md). */
export function attestationsOf(index: ImageIndex, image: Digest): Digest[] {
  return index.manifests.flatMap(({ digest, annotations }) => {
    const parsed = Digest.safeParse(digest);
    const isOfImage =
      annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' &&
      annotations['vnd.docker.reference.digest'] === image;
    return parsed.success && isOfImage ? [parsed.data] : [];
  });
}

/**
 * Chooses one image. With a wish: the entry of that platform, a variant matters only when the wish names one.
 * Without: the only one there is, else linux/amd64, else the first for Linux, else the first.
 */
export function choosePlatform(
  entries: readonly PlatformEntry[],
  wanted: Platform | undefined,
): PlatformEntry | undefined {
  const find = (platform: string) =>
    entries.find((entry) => entry.platform === platform) ??
    entries.find((entry) => entry.platform?.startsWith(`${platform}/`));
  if (wanted !== undefined) return find(wanted) ?? find(withoutDefaultVariant(wanted)) ?? onlyUntold(entries);
  if (entries.length === 1) return entries[0];
  return find('linux/amd64') ?? entries.find(({ platform }) => platform?.startsWith('linux/')) ?? entries[0];
}

/** Reads os, architecture and variant as a platform name; undefined when they do not make one. */
export function platformName(
  fields: { os?: unknown; architecture?: unknown; variant?: unknown } | null | undefined,
): Platform | undefined {
  const { os, architecture, variant } = fields ?? {};
  const parts = [os, architecture, ...(variant ? [variant] : [])];
  const parsed = Platform.safeParse(parts.map(String).join('/').toLowerCase());
  return parsed.success && os !== 'unknown' && os !== undefined && architecture !== undefined
    ? parsed.data
    : undefined;
}

/** `linux/arm64/v8` and `linux/amd64/v1` are what the names without a variant mean. */
function withoutDefaultVariant(platform: string): string {
  return platform.replace(/(\/arm64)\/v8$|(\/amd64)\/v1$/, '$1$2');
}

/** An index of one entry need not say its platform. */
function onlyUntold(entries: readonly PlatformEntry[]): PlatformEntry | undefined {
  return entries.length === 1 && entries[0]?.platform === undefined ? entries[0] : undefined;
}

function isAttestation({ platform, annotations }: IndexEntry): boolean {
  return (
    (platform?.os === 'unknown' && platform.architecture === 'unknown') ||
    annotations?.['vnd.docker.reference.type'] !== undefined
  );
}
