/** The files of an image on disk, in a folder or an archive, by their path inside it. */
export interface ImageFiles {
  /** Stored size of a file, bytes; undefined when there is none. */
  size(path: string): Promise<number | undefined>;
  /** Pieces are only valid until the next one is asked for. */
  open(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Pieces that files are read in, bytes: large enough that the system calls do not show. */
export const readBytes = 256 * 1024;
