/**
 * The order of versions in an ecosystem. `compare` answers -1, 0 or 1, is total and antisymmetric, never throws, and
 * reads digit runs of any length.
 */
export type Scheme = {
  readonly id: string;
  readonly compare: (a: string, b: string) => number;
  /** False for texts that say nothing about an order, such as an empty one or `latest`. */
  readonly isReadable: (version: string) => boolean;
};
