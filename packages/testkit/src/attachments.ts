import { blob, descriptor, jsonBlob, type Blob } from './image-builder.ts';
import { addBlobs, addManifest, tagsOf, type RegistryContent } from './registry/content.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const emptyConfig = blob('application/vnd.oci.empty.v1+json', Buffer.from('{}'));

/** Something that lies beside an image in a registry. */
export type Artifact = {
  readonly manifest: Blob;
  readonly blobs: readonly Blob[];
  readonly artifactType: string;
};

/** Builds an artifact of some documents; `subject` is the image that it refers to. */
export function buildArtifact(
  layers: readonly Blob[],
  { artifactType, subject }: { artifactType: string; subject?: Blob },
): Artifact {
  const manifest = jsonBlob(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType,
    config: descriptor(emptyConfig),
    layers: layers.map(descriptor),
    ...(subject && { subject: descriptor(subject) }),
  });
  return { manifest, blobs: [emptyConfig, ...layers], artifactType };
}

/** Puts an artifact into a registry: under a tag, or else where its digest finds it. */
export function addArtifact(
  content: RegistryContent,
  repository: string,
  artifact: Artifact,
  tag?: string,
): void {
  addBlobs(content, artifact.blobs);
  addManifest(content, repository, tag ?? 'untagged', artifact.manifest);
  if (tag === undefined) tagsOf(content, repository).delete('untagged');
}

/** Lists an artifact as one that refers to an image, as registries with the referrers API do. */
export function addReferrer(
  content: RegistryContent,
  repository: string,
  image: string,
  artifact: Artifact,
): void {
  addArtifact(content, repository, artifact);
  content.referrers ??= new Map();
  const { manifest, artifactType } = artifact;
  content.referrers.set(image, [
    ...(content.referrers.get(image) ?? []),
    { ...descriptor(manifest), artifactType },
  ]);
}

/** An in-toto statement with a predicate, alone as BuildKit stores it. */
export function statement(predicateType: string, predicate: unknown): Blob {
  const document = { _type: 'https://in-toto.io/Statement/v0.1', predicateType, subject: [], predicate };
  const annotations = { 'in-toto.io/predicate-type': predicateType };
  return { ...jsonBlob('application/vnd.in-toto+json', document), annotations };
}

/** The entry of an index for an attestation of one of its images (docker/buildx, attestation-storage.md). */
export function attestationEntry(artifact: Artifact, image: string): object {
  return {
    ...descriptor(artifact.manifest),
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': image,
    },
  };
}
