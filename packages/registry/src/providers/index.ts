import type { RegistryType } from '@plimsoll/contracts';
import { acr } from './acr.ts';
import { artifactory } from './artifactory.ts';
import { digitalocean } from './digitalocean.ts';
import { dockerHub } from './docker-hub.ts';
import { ecr } from './ecr.ts';
import { gcr } from './gcr.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { googleArtifact } from './google-artifact.ts';
import { harbor } from './harbor.ts';
import { nexus } from './nexus.ts';
import { oci } from './oci.ts';
import type { Provider } from './provider.ts';
import { quay } from './quay.ts';

const providers: Readonly<Record<RegistryType, Provider>> = {
  acr,
  'artifactory-cr': artifactory,
  'digitalocean-cr': digitalocean,
  'docker-hub': dockerHub,
  ecr,
  gcr,
  'github-cr': github,
  'gitlab-cr': gitlab,
  'google-artifact-cr': googleArtifact,
  'harbor-cr': harbor,
  'nexus-cr': nexus,
  oci,
  'quay-cr': quay,
};

/** The provider of a registry product. */
export function providerOf(type: RegistryType): Provider {
  return providers[type];
}

/** The least account that a product lists and is pulled with, for people. */
export function accountOf(type: RegistryType): string {
  return providers[type].account;
}
