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
    const isPage = /^\s*</.test(bytes.subarray(0, 64).toString('latin1'));
    const what = isPage ? 'a web page' : 'something';
    throw new RegistryError(
      'invalid-answer',
      `${url.origin} answered ${what} instead of JSON for ${url.pathname}.`,
    );
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') || 'the document';
    throw new RegistryError(
      'invalid-answer',
      `${url.origin} answered JSON of another form than expected for ${url.pathname}: see ${path.slice(0, 100)}.`,
    );
  }
  return parsed.data;
}
