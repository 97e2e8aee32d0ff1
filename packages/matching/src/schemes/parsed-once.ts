/** Parsed versions kept per scheme: enough for the bounds of a busy chunk, a few MB at most. */
const capacity = 20_000;

/** Remembers what a parser made of a version, since the bounds of ranges come again for every package. */
export function parsedOnce<T>(parse: (version: string) => T): (version: string) => T {
  const known = new Map<string, T>();
  return (version) => {
    const found = known.get(version);
    if (found !== undefined) return found;
    const parsed = parse(version);
    if (known.size >= capacity) known.clear();
    known.set(version, parsed);
    return parsed;
  };
}
