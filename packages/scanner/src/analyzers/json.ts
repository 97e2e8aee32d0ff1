/** Documents up to this size are parsed whatever they hold: the worst takes 200 MiB of the 256 that a thread has. */
const alwaysParsedBytes = 8 * 1024 * 1024;

/** Values in a larger document: 150 bytes each at most. The SBOMs of the largest images have half as many. */
const maxValues = 1_000_000;

/**
 * Parses JSON in UTF-8, with or without a byte order mark. Throws on anything else, and on large documents of more values
 * than memory can hold, for `JSON.parse` that reaches a thread's limit takes the process along. Depth costs no stack.
 */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length > alwaysParsedBytes && countValues(bytes) > maxValues) {
    throw new Error('The document holds more values than are read of one');
  }
  return JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
}

/** Values of a document, those of no content too: each follows a comma, a bracket or a brace. Texts may hold some more. */
function countValues(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) count += 1;
  return count;
}

/** The value when it is an object, else an empty one: what a file of another form has where we look. */
export function record(value: unknown): Record<string, unknown> {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : {};
}

/** The value when it is an array, else an empty one. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
