/** Longer ones do not occur, and would not fit the database's index. */
const maxPurlLength = 1_000;

/** A text if it is a package URL (github.com/package-url/purl-spec), else undefined. */
export function purlOf(value: unknown): string | undefined {
  const isPurl =
    typeof value === 'string' && value.length <= maxPurlLength && /^pkg:[a-z0-9.+-]+\/\S+$/i.test(value);
  return isPurl ? value.replaceAll('\0', '').toWellFormed() : undefined;
}
