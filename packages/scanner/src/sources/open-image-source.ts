import { stat } from 'node:fs/promises';
import type { ImageSource } from '../image-source.ts';
import { ScannerError } from '../scanner-error.ts';
import { archiveFiles } from './archive-files.ts';
import { dockerArchive, isDockerArchive } from './docker-archive.ts';
import { folderFiles } from './folder-files.ts';
import { isOciLayout, ociLayout, type ImageChoice } from './oci-layout.ts';

/**
 * Opens an image on disk: an OCI image layout (folder or archive) or a docker archive; archives plain or compressed.
 * @throws {ScannerError} `invalid-image` when the path is none of these.
 */
export async function openImageSource(
  path: string,
  choice: ImageChoice,
  signal: AbortSignal,
): Promise<ImageSource> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new ScannerError('invalid-image', `There is no ${path}`);
  const files = found.isDirectory() ? folderFiles(path) : await archiveFiles(path, signal);
  // Since version 25 docker writes both forms into one archive; the OCI one carries more.
  if (await isOciLayout(files)) return ociLayout(files, choice);
  if (await isDockerArchive(files)) return dockerArchive(files, choice);
  throw new ScannerError('invalid-image', `${path} is neither an OCI image layout nor a docker archive`);
}
