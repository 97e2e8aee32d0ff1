import { Digest } from '@plimsoll/contracts';
import { z } from 'zod';
import { parseJson } from '../parse-json.ts';
import type { RegistryClient } from '../registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import type { BlobDescriptor } from './blob-stream.ts';
import { pullScope, readManifest, requireRepositoryName } from './manifests.ts';
import { indexTypes } from './media-types.ts';

/** A document that lies beside an image in its repository, and how it is attached. */
export type AttachedSbom = BlobDescriptor & {
  /** `referrer`: by the OCI referrers list. `attestation`: in the index that holds the image. `tag`: cosign's tags. */
  readonly source: 'referrer' | 'attestation' | 'tag';
};

/** Most manifests read and documents named for one image: a build attaches one or two, and signatures beside. */
const maxManifests = 16;

const Annotations = z.record(z.string(), z.string()).nullish().catch(undefined);

const Referrers = z.object({
  manifests: z
    .array(
      z.object({
        digest: Digest,
        artifactType: z.string().nullish().catch(undefined),
        annotations: Annotations,
      }),
    )
    .max(1_000),
});

const Attachment = z.object({
  layers: z
    .array(
      z.object({
        mediaType: z.string(),
        digest: Digest,
        size: z.number().int().nonnegative(),
        annotations: Annotations,
      }),
    )
    .max(1_000),
});

/**
 * Finds the SBOMs that are attached to an image: OCI referrers (distribution-spec, or the tag `sha256-<hex>` where the
 * registry does not list them), BuildKit's attestation manifests, and the tags `.sbom` and `.att` of cosign. Nobody
 * vouches for them but who pushed them. What is not there is no error.
 */
export async function findSboms(
  client: RegistryClient,
  repository: string,
  image: { readonly digest: Digest; readonly attestations?: readonly Digest[] },
  signal: AbortSignal,
): Promise<AttachedSbom[]> {
  requireRepositoryName(repository);
  const tag = image.digest.replace(':', '-');
  const read = (source: AttachedSbom['source'], reference: string) =>
    documentsOf(client, repository, source, reference, signal);
  const found = await Promise.all([
    ...(image.attestations ?? []).slice(0, maxManifests).map((digest) => read('attestation', digest)),
    referrers(client, repository, image.digest, signal).then((digests) =>
      Promise.all(digests.map((digest) => read('referrer', digest))).then((all) => all.flat()),
    ),
    read('tag', `${tag}.sbom`),
    read('tag', `${tag}.att`),
  ]);
  // One document may be attached in several ways.
  const byDigest = new Map(found.flat().map((sbom) => [sbom.digest, sbom]));
  return [...byDigest.values()].slice(0, maxManifests);
}

/** Digests of the manifests that refer to an image and may hold an SBOM. */
async function referrers(
  client: RegistryClient,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Digest[]> {
  const url = client.url(`/v2/${repository}/referrers/${digest}`);
  const request = { url, accept: indexTypes[0] ?? '', scope: pullScope(repository) };
  const listed = await client
    .document(request, client.limits.manifestBytes, signal)
    .then(({ body }) => parseJson(body, Referrers, url))
    .catch(undefinedWhenAbsent);
  const byTag = listed ?? (await readIfThere(client, repository, digest.replace(':', '-'), signal));
  if (!byTag) return [];
  const { manifests } = 'bytes' in byTag ? parseJson(byTag.bytes, Referrers, url) : byTag;
  return manifests
    .filter(({ artifactType, annotations }) => mayBeSbom(artifactType, annotations))
    .map((entry) => entry.digest)
    .slice(0, maxManifests);
}

async function documentsOf(
  client: RegistryClient,
  repository: string,
  source: AttachedSbom['source'],
  reference: string,
  signal: AbortSignal,
): Promise<AttachedSbom[]> {
  const manifest = await readIfThere(client, repository, reference, signal);
  if (!manifest) return [];
  const url = client.url(`/v2/${repository}/manifests/${manifest.digest}`);
  const { layers } = parseJson(manifest.bytes, Attachment, url);
  return layers
    .filter(({ mediaType, annotations }) => mayBeSbom(mediaType, annotations))
    .map((layer) => ({ digest: layer.digest, sizeBytes: layer.size, source }));
}

/** Where an annotation says what a statement is about, it counts; else the type must leave it possible. */
function mayBeSbom(type: string | null | undefined, annotations: z.infer<typeof Annotations>): boolean {
  const predicate = predicateKeys.map((key) => annotations?.[key]).find((value) => value !== undefined);
  if (predicate !== undefined) return /spdx|cyclonedx/i.test(predicate);
  return /spdx|cyclonedx|in-toto|dsse|sbom|sigstore\.bundle/i.test(type ?? '');
}

/** Of BuildKit, cosign, and Sigstore's bundles. */
const predicateKeys = ['in-toto.io/predicate-type', 'predicateType', 'dev.sigstore.bundle.predicateType'];

async function readIfThere(
  client: RegistryClient,
  repository: string,
  reference: string,
  signal: AbortSignal,
) {
  return readManifest(client, repository, reference, signal).catch(undefinedWhenAbsent);
}

/** Registries that do not know referrers answer in many ways; so do some that refuse tags with a dot. */
function undefinedWhenAbsent(error: unknown): undefined {
  const isAbsent =
    error instanceof RegistryError &&
    ['not-found', 'unsupported', 'invalid-answer', 'not-a-registry'].includes(error.code);
  if (!isAbsent) throw error;
}
