/**
 * A layer's table of contents cannot be relied on, or reading by it would save nothing: the layer is to be read whole.
 * The message says why; it never reaches a user, only debug logs and tests.
 */
export class DoubtfulContents extends Error {
  override readonly name = 'DoubtfulContents';
}

/** Makes sure of something that reading by a table of contents relies on. @throws {DoubtfulContents} */
export function requireSure(condition: boolean, doubt: string): asserts condition {
  if (!condition) throw new DoubtfulContents(doubt);
}
