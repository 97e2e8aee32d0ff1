import type { Inventory, RegistryCredentials } from '@plimsoll/contracts';
import { openRegistry } from '@plimsoll/registry';
import { scanImage } from '@plimsoll/scanner';

/** Reads one image straight from a registry with the agent's own libraries. `ca` is a certificate to trust, PEM. */
export async function scanFromRegistry(
  credentials: RegistryCredentials,
  { repository, reference }: { repository: string; reference: string },
  ca?: string,
  signal: AbortSignal = AbortSignal.timeout(scanTimeoutMs),
): Promise<Inventory> {
  const registry = openRegistry(credentials, ca === undefined ? {} : { ca: [ca] });
  try {
    const image = await registry.readImage(repository, reference, undefined, signal);
    const openLayer = (layer: (typeof image.layers)[number], layerSignal: AbortSignal) =>
      registry.openBlob(repository, layer, layerSignal);
    return await scanImage({ describe: async () => image, openLayer }, {}, signal);
  } finally {
    await registry.close();
  }
}

/** A scan of the test images takes seconds; one that takes this long hangs. */
const scanTimeoutMs = 120_000;
