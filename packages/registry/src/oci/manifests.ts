import { createHash } from 'node:crypto';
import { Digest, Reference, RepositoryName } from '@plimsoll/contracts';
import type { RegistryClient } from '../registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import { acceptManifests } from './media-types.ts';

/** What a reference points at. `sizeBytes` is that of the manifest itself. */
export type Resolved = { readonly digest: Digest; readonly mediaType: string; readonly sizeBytes?: number };

/** A manifest or index with its bytes, whose digest was checked. */
export type ManifestBytes = Resolved & { readonly bytes: Buffer };

/** Asks what a reference points at now, with HEAD, or with GET where HEAD does not tell the digest. */
export async function resolveReference(
  client: RegistryClient,
  repository: string,
  reference: string,
  signal: AbortSignal,
): Promise<Resolved> {
  const request = manifestRequest(client, repository, reference);
  const head = await client.document({ ...request, method: 'HEAD' }, 0, signal).catch((error: unknown) => {
    // Other refusals may be of HEAD only, and GET tells more.
    if (error instanceof RegistryError && ['unsupported', 'invalid-answer'].includes(error.code))
      return undefined;
    throw error;
  });
  const digest = Digest.safeParse(head?.headers['docker-content-digest']);
  if (!head || !digest.success || isOtherDigest(reference, digest.data)) {
    const { bytes: _, ...resolved } = await readManifest(client, repository, reference, signal);
    return resolved;
  }
  const size = Number(head.headers['content-length']);
  return {
    digest: digest.data,
    mediaType: mediaTypeOf(head.headers['content-type']),
    ...(Number.isSafeInteger(size) && size > 0 && { sizeBytes: size }),
  };
}

/**
 * Reads a manifest or index.
 * @throws {RegistryError} `digest-mismatch` when the bytes are not those of the digest asked for or announced.
 */
export async function readManifest(
  client: RegistryClient,
  repository: string,
  reference: string,
  signal: AbortSignal,
): Promise<ManifestBytes> {
  const request = manifestRequest(client, repository, reference);
  const { body, headers } = await client.document(request, client.limits.manifestBytes, signal);
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const announced = Digest.safeParse(headers['docker-content-digest']);
  if (isOtherDigest(reference, digest) || (announced.success && announced.data !== digest)) {
    throw new RegistryError(
      'digest-mismatch',
      `The manifest ${repository}@${reference} of ${client.base.origin} is not what its digest says.`,
    );
  }
  return { digest, mediaType: mediaTypeOf(headers['content-type']), sizeBytes: body.length, bytes: body };
}

/** The scope of a token that may read a repository. */
export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

/** Checks a name before it becomes part of a URL. @throws {RegistryError} `not-found`: no registry has such a name. */
export function requireRepositoryName(repository: string): void {
  if (!RepositoryName.safeParse(repository).success) {
    throw new RegistryError(
      'not-found',
      `${JSON.stringify(repository.slice(0, 100))} is not a repository name.`,
    );
  }
}

function manifestRequest(client: RegistryClient, repository: string, reference: string) {
  requireRepositoryName(repository);
  if (!Reference.safeParse(reference).success) {
    throw new RegistryError(
      'not-found',
      `${JSON.stringify(reference.slice(0, 100))} is neither a tag nor a digest.`,
    );
  }
  return {
    url: client.url(`/v2/${repository}/manifests/${reference}`),
    accept: acceptManifests,
    scope: pullScope(repository),
  };
}

function isOtherDigest(reference: string, digest: string): boolean {
  return Digest.safeParse(reference).success && reference !== digest;
}

/** `Content-Type` without parameters; what is no media type at all (RFC 6838) is not passed on. */
function mediaTypeOf(header: string | string[] | undefined): string {
  const [type = ''] = String(header ?? '').split(';');
  const name = type.trim().toLowerCase();
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/.test(name)
    ? name
    : 'application/octet-stream';
}
