import { createHash } from 'node:crypto';
import { ScannerError } from '../scanner-error.ts';
import type { ImageFiles } from './image-files.ts';

/** Largest JSON document of an image, bytes; registries refuse manifests above 4 MiB, and configs are smaller. */
const maxDocumentBytes = 4 * 1024 * 1024;

/** Reads a JSON document, whole. @throws {ScannerError} `invalid-image` when it is missing, too large or no JSON. */
export async function readDocument(
  files: ImageFiles,
  path: string,
  signal: AbortSignal,
): Promise<{ document: unknown; digest: string }> {
  const sizeBytes = await files.size(path);
  if (sizeBytes === undefined) throw new ScannerError('invalid-image', `The image has no ${path}`);
  if (sizeBytes > maxDocumentBytes) throw new ScannerError('invalid-image', `${path} is too large`);
  const pieces: Buffer[] = [];
  for await (const piece of files.open(path, signal)) pieces.push(Buffer.from(piece));
  const bytes = Buffer.concat(pieces);
  try {
    return { document: JSON.parse(bytes.toString('utf8')), digest: sha256(bytes) };
  } catch {
    throw new ScannerError('invalid-image', `${path} is not JSON`);
  }
}

/** Reads a JSON document kept by its digest, and checks it. */
export async function readBlobDocument(
  files: ImageFiles,
  digest: string,
  signal: AbortSignal,
): Promise<unknown> {
  const read = await readDocument(files, blobPath(digest), signal);
  if (read.digest !== digest) throw new ScannerError('invalid-image', `${digest} has other content`);
  return read.document;
}

/** Where an OCI image layout keeps a blob (OCI image-spec, image-layout.md). */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** Passes a blob on, and throws at its end when it does not have the digest. */
export async function* verified(
  pieces: AsyncIterable<Uint8Array>,
  digest: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  if (`sha256:${hash.digest('hex')}` !== digest) {
    throw new ScannerError('invalid-image', `${digest} has other content`);
  }
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
