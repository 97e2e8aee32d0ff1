import { randomBytes, randomUUID } from 'node:crypto';

/** A name as it can stand in an address: `My organization` is `my-organization`. */
export function slugOf(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return words || randomUUID();
}

/** The same for a name that somebody else has already. */
export function anotherSlugOf(name: string): string {
  return `${slugOf(name)}-${randomBytes(4).toString('hex')}`;
}
