import type { RegistryType } from '@plimsoll/contracts';
import { acr } from './acr.ts';
import { artifactory } from './artifactory.ts';
import { digitalocean } from './digitalocean.ts';
import { dockerHub } from './docker-hub.ts';
import { ecr } from './ecr.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { harbor } from './harbor.ts';
import { nexus } from './nexus.ts';
import { oci } from './oci.ts';
import type { Provider } from './provider.ts';
import { quay } from './quay.ts';

const providers: readonly Provider[] = [
  acr,
  artifactory,
  digitalocean,
  dockerHub,
  ecr,
  github,
  gitlab,
  harbor,
  nexus,
  oci,
  quay,
];

/** The provider of a registry product, or undefined when there is none yet. */
export function providerOf(type: RegistryType): Provider | undefined {
  return providers.find((provider) => provider.type === type);
}
