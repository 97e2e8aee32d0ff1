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
    // A generator, so that nothing is open before somebody reads: an abort would find a stream without a listener.
    async *open(path, signal) {
      yield* createReadStream(join(folder, path), { highWaterMark: readBytes, signal });
    },
  };
}
