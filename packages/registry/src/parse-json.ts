import type { z } from 'zod';
import { RegistryError } from './registry-error.ts';

/**
 * Reads a JSON document by a schema.
 * @throws {RegistryError} `invalid-answer`; the message says where it came from and never quotes it.
 */
export function parseJson<S extends z.ZodType>(bytes: Buffer, schema: S, url: URL): z.infer<S> {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw notJson(url, /^\s*</.test(bytes.subarray(0, 64).toString('latin1')));
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    throw otherForm(url, parsed.error.issues[0]?.path.join('.') || 'the document');
  }
  return parsed.data;
}

/** What an answer is that cannot be read as JSON. */
export function notJson(url: URL, isPage: boolean): RegistryError {
  const what = isPage ? 'a web page' : 'something';
  return new RegistryError(
    'invalid-answer',
    `${url.origin} answered ${what} instead of JSON for ${url.pathname}.`,
  );
}

/** What an answer is whose JSON is not what was expected at `path`. */
export function otherForm(url: URL, path: string): RegistryError {
  return new RegistryError(
    'invalid-answer',
    `${url.origin} answered JSON of another form than expected for ${url.pathname}: see ${path.slice(0, 100)}.`,
  );
}
