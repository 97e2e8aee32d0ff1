/** Media types of what a reference can point at (OCI image-spec; docker image manifest version 2, schema 2). */
export const indexTypes: readonly string[] = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

export const manifestTypes: readonly string[] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** What configs of container images have; everything else is some other artifact. */
export const configTypes: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/** All four must be named: registries answer 404, or an image converted to another digest, when theirs is missing. */
export const acceptManifests = [...indexTypes, ...manifestTypes].join(', ');
