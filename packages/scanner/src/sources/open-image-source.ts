import { fstatSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ImageSource } from '../image-source.ts';
import { ScannerError } from '../scanner-error.ts';
import { archiveFromInput, archiveOnDisk, standardInput, type ArchiveBytes } from './archive-bytes.ts';
import { archiveFiles } from './archive-files.ts';
import { archivePlatform, dockerArchive, isDockerArchive } from './docker-archive.ts';
import { folderFiles } from './folder-files.ts';
import type { ImageFiles } from './image-files.ts';
import { isOciLayout, layoutPlatforms, ociLayout, type ImageChoice } from './oci-layout.ts';

/**
 * Opens an image on disk: an OCI image layout (folder or archive) or a docker archive; archives plain or compressed.
 * The path `-` is standard input, where an archive comes in.
 * @throws {ScannerError} `invalid-image` when the path is none of these.
 */
export async function openImageSource(
  path: string,
  choice: ImageChoice,
  signal: AbortSignal,
): Promise<ImageSource> {
  const { source, close } = await openImages(path, signal);
  return { ...source.read(choice), close };
}

/**
 * Opens the images of all platforms that a path and a name lead to. They share what is held open: close each.
 * @throws {ScannerError} as `openImageSource`.
 */
export async function openAllPlatforms(
  path: string,
  choice: Omit<ImageChoice, 'platform'>,
  signal: AbortSignal,
): Promise<ImageSource[]> {
  const { source, close } = await openImages(path, signal);
  const platforms = await source.platforms(choice, signal);
  let open = platforms.length;
  const closeLast = async () => {
    open -= 1;
    if (open === 0) await close();
  };
  return platforms.map((platform) => ({ ...source.read({ ...choice, platform }), close: closeLast }));
}

/** One form that images on disk have. */
type ImagesForm = {
  isOne(files: ImageFiles): Promise<boolean>;
  read(files: ImageFiles, choice: ImageChoice): ImageSource;
  platforms(files: ImageFiles, choice: ImageChoice, signal: AbortSignal): Promise<string[]>;
};

const forms: readonly ImagesForm[] = [
  // Since version 25 docker writes both forms into one archive; the OCI one carries more.
  { isOne: isOciLayout, read: ociLayout, platforms: layoutPlatforms },
  { isOne: isDockerArchive, read: dockerArchive, platforms: archivePlatform },
];

async function openImages(path: string, signal: AbortSignal) {
  const { files, close, name } = await openFiles(path, signal);
  try {
    for (const form of forms) {
      if (!(await form.isOne(files))) continue;
      const source = {
        read: (choice: ImageChoice) => form.read(files, choice),
        platforms: (choice: ImageChoice, inner: AbortSignal) => form.platforms(files, choice, inner),
      };
      return { source, close };
    }
    throw new ScannerError('invalid-image', `${name} is neither an OCI image layout nor a docker archive`);
  } catch (error) {
    await close();
    throw error;
  }
}

async function openFiles(path: string, signal: AbortSignal) {
  const isInput = path === standardInput;
  const found = isInput ? undefined : await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    return { name: path, files: folderFiles(path), close: () => Promise.resolve() };
  }
  if (!found && !isInput) throw new ScannerError('invalid-image', `There is no ${path}`);
  const archive = await (isInput ? openInput(signal) : archiveOnDisk(path, signal));
  try {
    return { name: archive.name, files: await archiveFiles(archive, signal), close: () => archive.close() };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** A file that the shell opened for us (`< image.tar`) is read where it lies. */
function openInput(signal: AbortSignal): Promise<ArchiveBytes> {
  return fstatSync(process.stdin.fd).isFile()
    ? archiveOnDisk('/dev/stdin', signal)
    : archiveFromInput(process.stdin, signal);
}
