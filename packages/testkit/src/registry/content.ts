import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { blobsOf, type Blob, type BuiltImage, type BuiltIndex } from '../image-builder.ts';

/** Bytes that a registry serves, in memory or on disk. `open` reads from `start` to `end`, both included. */
export type StoredBlob = {
  readonly digest: string;
  readonly sizeBytes: number;
  open(start: number, end: number): Readable;
};

/** A tag, and when it was last pushed (RFC 3339); plain registries do not tell. */
export type StoredTag = { readonly digest: string; readonly pushedAt: string };

/** What a test registry holds. Maps may be changed while it serves. */
export type RegistryContent = {
  /** By repository, then by tag. */
  readonly repositories: Map<string, Map<string, StoredTag>>;
  readonly blobs: Map<string, StoredBlob>;
  /** Media types of those blobs that are manifests. */
  readonly manifestTypes: Map<string, string>;
  /** Descriptors of manifests by the digest that they refer to; absent where the registry does not list them. */
  referrers?: Map<string, object[]>;
};

/** Makes an empty content. */
export function createContent(): RegistryContent {
  return { repositories: new Map(), blobs: new Map(), manifestTypes: new Map() };
}

/** Puts an image into a repository under a tag, all its platforms and layers with it. */
export function addImage(
  content: RegistryContent,
  repository: string,
  tag: string,
  image: BuiltImage | BuiltIndex,
  pushedAt = '2024-02-03T04:05:06.789Z',
): void {
  for (const blob of blobsOf(image)) addBlob(content, blob);
  const manifests = image.kind === 'index' ? [image, ...image.images] : [image];
  for (const { manifest } of manifests) content.manifestTypes.set(manifest.digest, manifest.mediaType);
  tagsOf(content, repository).set(tag, { digest: image.digest, pushedAt });
}

/** Puts blobs into a registry. */
export function addBlobs(content: RegistryContent, blobs: readonly Blob[]): void {
  for (const one of blobs) addBlob(content, one);
}

/** Puts a manifest of any kind into a repository under a tag: an artifact, or one that a test has broken. */
export function addManifest(content: RegistryContent, repository: string, tag: string, manifest: Blob): void {
  addBlob(content, manifest);
  content.manifestTypes.set(manifest.digest, manifest.mediaType);
  tagsOf(content, repository).set(tag, { digest: manifest.digest, pushedAt: '2024-02-03T04:05:06.789Z' });
}

/**
 * Reads an OCI image layout folder; blobs stay on disk. A `ref.name` is `repository:tag`, or a tag of the
 * repository given.
 */
export async function readLayout(folder: string, repository = 'image'): Promise<RegistryContent> {
  const content = createContent();
  const index = await readJson(join(folder, 'index.json'));
  for (const { digest, mediaType, annotations } of index.manifests ?? []) {
    const name = annotations?.['org.opencontainers.image.ref.name'] ?? 'latest';
    const [, named = repository, tag = name] = /^(.+):([^:/]+)$/.exec(name) ?? [];
    tagsOf(content, named).set(tag, { digest, pushedAt: '2024-02-03T04:05:06.789Z' });
    await addFromLayout(content, folder, digest, mediaType);
  }
  return content;
}

/** The tags of a repository, which is made when it is not there. */
export function tagsOf(content: RegistryContent, repository: string): Map<string, StoredTag> {
  const tags = content.repositories.get(repository) ?? new Map<string, StoredTag>();
  content.repositories.set(repository, tags);
  return tags;
}

type LayoutDescriptor = {
  readonly digest: string;
  readonly mediaType: string;
  readonly annotations?: Record<string, string>;
};

type LayoutDocument = {
  readonly manifests?: readonly LayoutDescriptor[];
  readonly layers?: readonly LayoutDescriptor[];
  readonly config?: LayoutDescriptor;
};

async function addFromLayout(
  content: RegistryContent,
  folder: string,
  digest: string,
  mediaType: string,
): Promise<void> {
  const file = blobFile(folder, digest);
  await addFile(content, digest, file);
  content.manifestTypes.set(digest, mediaType);
  const document = await readJson(file);
  for (const child of document.manifests ?? []) {
    await addFromLayout(content, folder, child.digest, child.mediaType);
  }
  for (const blob of [document.config ?? [], document.layers ?? []].flat()) {
    await addFile(content, blob.digest, blobFile(folder, blob.digest));
  }
}

async function addFile(content: RegistryContent, digest: string, file: string): Promise<void> {
  const { size } = await stat(file);
  const open = (start: number, end: number) => createReadStream(file, { start, end });
  content.blobs.set(digest, { digest, sizeBytes: size, open });
}

function addBlob(content: RegistryContent, { digest, bytes }: Blob): void {
  const open = (start: number, end: number) => Readable.from([Buffer.from(bytes.subarray(start, end + 1))]);
  content.blobs.set(digest, { digest, sizeBytes: bytes.length, open });
}

function blobFile(folder: string, digest: string): string {
  return join(folder, 'blobs', ...digest.split(':'));
}

async function readJson(file: string): Promise<LayoutDocument> {
  return JSON.parse(await readFile(file, 'utf8')) as LayoutDocument;
}
