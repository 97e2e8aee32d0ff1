/**
 * The order of versions in an ecosystem. `compare` answers -1, 0 or 1, is total and antisymmetric, never throws, and
 * reads digit runs of any length.
 */
export type Scheme = {
  readonly id: string;
  compare(a: string, b: string): number;
  /** False for texts that say nothing about an order, such as an empty one or `latest`. */
  isReadable(version: string): boolean;
};
