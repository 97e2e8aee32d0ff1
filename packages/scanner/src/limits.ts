// Threads load this file: it imports nothing, for what they import they hold in memory once each.

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

/** What reading one layer may cost. Crossing a limit yields a warning, never an endless scan. */
export type LayerLimits = {
  readonly entries: number;
  readonly plainBytes: number;
  readonly plainRatio: number;
  readonly plainBytesAlways: number;
  readonly factsBytes: number;
  readonly analyzedBytes: number;
  readonly warnings: number;
};

export const defaultLayerLimits: LayerLimits = {
  /** Real images with three million files exist; each entry costs about 1 microsecond and 8 bytes. */
  entries: 5_000_000,
  /** Largest plain size of a layer, bytes: half a minute to inflate. The largest seen are model weights of 20 GB. */
  plainBytes: 40 * gibibyte,
  /** Above `plainBytesAlways`, how often a layer may be larger than its blob. Text reaches 20, gzip's bombs 1030. */
  plainRatio: 100,
  /** Plain bytes that are read whatever the ratio: a few seconds, and room for honest files full of zeros. */
  plainBytesAlways: 2 * gibibyte,
  /** Bytes of paths, names and versions kept of a layer. A node_modules of 10,000 packages needs 3 MB. */
  factsBytes: 32 * mebibyte,
  /** Bytes of all bodies that analyzers are shown, where hostile JSON takes 30 ms a MiB. 10,000 packages have 30 MB. */
  analyzedBytes: 256 * mebibyte,
  /** Warnings kept per layer: enough to see the pattern. */
  warnings: 50,
};

/** Longest path of an entry, bytes: PATH_MAX of Linux; longer ones cannot be unpacked. */
export const maxPathLength = 4_096;

/** Largest image by default, bytes of all layers as stored: the limit that the original agent documents. */
export const defaultMaxImageSizeBytes = 2_147_483_648;

/** Bytes of facts of all layers of an image together. Keeps 1,000 hostile layers from adding up. */
export const imageFactsBytes = 256 * mebibyte;
