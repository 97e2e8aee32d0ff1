import type { RegistryType } from '@plimsoll/contracts';
import { harbor } from './harbor.ts';
import { oci } from './oci.ts';
import type { Provider } from './provider.ts';

const providers: readonly Provider[] = [harbor, oci];

/** The provider of a registry product, or undefined when there is none yet. */
export function providerOf(type: RegistryType): Provider | undefined {
  return providers.find((provider) => provider.type === type);
}
