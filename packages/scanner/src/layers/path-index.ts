/** Something that wants files by their paths, and says how those paths end, if it can. */
type Wanting = {
  readonly endings?: readonly string[] | undefined;
  wants(path: string): boolean;
};

/** Characters of an ending that are looked up; all endings are at least as long. */
const keyLength = 4;

/**
 * Finds who wants a path. An image has a hundred thousand paths and hardly any is wanted: by its last characters a path
 * finds those few that are worth asking, so that the number of analyzers costs nothing.
 */
export class PathIndex<T extends Wanting> {
  readonly #byKey = new Map<number, readonly T[]>();
  readonly #others: readonly T[];

  /** @param all those that may want a path; one without endings is asked about every path */
  constructor(all: readonly T[]) {
    this.#others = all.filter(({ endings }) => endings === undefined);
    for (const ending of all.flatMap(({ endings = [] }) => endings)) {
      if (ending.length < keyLength)
        throw new RangeError(`An ending is too short to be looked up: ${ending}`);
      const key = keyOf(ending);
      const asked = all.filter(
        ({ endings }) => endings === undefined || endings.some((other) => keyOf(other) === key),
      );
      this.#byKey.set(key, asked);
    }
  }

  /** The first one that wants the path. */
  find(path: string): T | undefined {
    const asked = this.#byKey.get(keyOf(path)) ?? this.#others;
    for (const one of asked) if (one.wants(path)) return one;
    return undefined;
  }
}

/** The last four characters as a number. Others may share it: then one more is asked in vain. */
function keyOf(path: string): number {
  const end = path.length;
  return (
    (path.charCodeAt(end - 1) & 0x7f) |
    ((path.charCodeAt(end - 2) & 0x7f) << 7) |
    ((path.charCodeAt(end - 3) & 0x7f) << 14) |
    ((path.charCodeAt(end - 4) & 0x7f) << 21)
  );
}
