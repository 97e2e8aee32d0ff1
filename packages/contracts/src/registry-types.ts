import { z } from 'zod';

/** The kinds of registry an integration can name. A kind is usable when `packages/registry` has a provider for it. */
export const registryTypes = [
  'acr',
  'artifactory-cr',
  'digitalocean-cr',
  'docker-hub',
  'ecr',
  'gcr',
  'github-cr',
  'gitlab-cr',
  'google-artifact-cr',
  'harbor-cr',
  'nexus-cr',
  'oci',
  'quay-cr',
] as const;

/** The spellings of the first edition of the product that Plimsoll replaces. */
const aliases: Readonly<Record<string, (typeof registryTypes)[number]>> = {
  ArtifactoryCR: 'artifactory-cr',
  AzureCR: 'acr',
  DockerHub: 'docker-hub',
  ElasticCR: 'ecr',
  GoogleCR: 'gcr',
  HarborCR: 'harbor-cr',
  QuayCR: 'quay-cr',
};

/** Reads a registry type, old spellings included. */
export const RegistryType = z.preprocess(
  (value) => (typeof value === 'string' ? (aliases[value] ?? value) : value),
  z.enum(registryTypes),
);
export type RegistryType = (typeof registryTypes)[number];
