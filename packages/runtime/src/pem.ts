import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Secret } from './secret.ts';

/** A schema for certificates in PEM (RFC 7468): the text itself, or the path of a file that holds it. */
export const certificateVariable = z.string().transform((value, context) => readPem(value, context));

/** The same for a key, which must not be printed. */
export const privateKeyVariable = z
  .string()
  .transform((value, context) => new Secret(readPem(value, context)));

/** Whether certificates that are not checked were asked for twice: one variable alone may be a leftover of a trial. */
export function isTlsMeant(config: {
  readonly TLS_REJECT_UNAUTHORIZED: boolean;
  readonly ALLOW_UNVERIFIED_TLS: boolean;
}): boolean {
  return config.TLS_REJECT_UNAUTHORIZED || config.ALLOW_UNVERIFIED_TLS;
}

/** What is said when they were not. */
export const tlsFault = {
  path: ['TLS_REJECT_UNAUTHORIZED'],
  error:
    'is off, so anybody on the way could read and change everything: give the authority in CA_CERT instead, or set ALLOW_UNVERIFIED_TLS=true as well',
};

/** Line breaks within a variable are often written as `\n`. */
function readPem(value: string, context: z.RefinementCtx): string {
  const fault = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (value.includes('-----BEGIN ')) return value.replaceAll('\\n', '\n');
  try {
    const text = readFileSync(value, 'utf8');
    return text.includes('-----BEGIN ') ? text : fault('holds no PEM text');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return fault(`cannot be read: ${code}`);
  }
}
