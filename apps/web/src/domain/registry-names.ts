import type { RegistryType } from '@plimsoll/contracts';

/** What people call each registry product. */
export const registryNames: Readonly<Record<RegistryType, string>> = {
  acr: 'Azure Container Registry',
  'artifactory-cr': 'JFrog Artifactory',
  'digitalocean-cr': 'DigitalOcean',
  'docker-hub': 'Docker Hub',
  ecr: 'Amazon ECR',
  gcr: 'Google Container Registry',
  'github-cr': 'GitHub Packages',
  'gitlab-cr': 'GitLab Registry',
  'google-artifact-cr': 'Google Artifact Registry',
  'harbor-cr': 'Harbor',
  'nexus-cr': 'Sonatype Nexus',
  oci: 'OCI registry',
  'quay-cr': 'Quay',
};
