import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readBytes, type ImageFiles } from './image-files.ts';

/** The files of an OCI image layout in a folder. */
export function folderFiles(folder: string): ImageFiles {
  return {
    async size(path) {
      const found = await stat(join(folder, path)).catch(() => undefined);
      return found?.isFile() ? found.size : undefined;
    },
    open: (path, signal) => createReadStream(join(folder, path), { highWaterMark: readBytes, signal }),
  };
}
