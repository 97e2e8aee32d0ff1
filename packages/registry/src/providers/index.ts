import type { RegistryType } from '@plimsoll/contracts';
import { digitalocean } from './digitalocean.ts';
import { dockerHub } from './docker-hub.ts';
import { github } from './github.ts';
import { harbor } from './harbor.ts';
import { oci } from './oci.ts';
import type { Provider } from './provider.ts';
import { quay } from './quay.ts';

const providers: readonly Provider[] = [digitalocean, dockerHub, github, harbor, oci, quay];

/** The provider of a registry product, or undefined when there is none yet. */
export function providerOf(type: RegistryType): Provider | undefined {
  return providers.find((provider) => provider.type === type);
}
