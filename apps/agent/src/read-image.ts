import type { ImportResult } from '@plimsoll/contracts';
import type { Registry } from '@plimsoll/registry';
import { registrySource, scanImage, type ScanOptions } from '@plimsoll/scanner';

export type ImageName = {
  readonly repository: string;
  /** Tag or digest. */
  readonly reference: string;
  readonly platform: string | undefined;
};

/**
 * Reads one image of a registry, layer by layer, and tells what is inside.
 * @throws {RegistryError | ScannerError} as the registry and the scanner do.
 */
export async function readImage(
  registry: Registry,
  { repository, reference, platform }: ImageName,
  options: ScanOptions,
  signal: AbortSignal,
): Promise<Omit<ImportResult, 'scanId'>> {
  const image = await registry.readImage(repository, reference, platform, signal);
  const inventory = await scanImage(registrySource(registry, repository, image), options, signal);
  return { referenceDigest: image.indexDigest ?? image.digest, inventory };
}
