/** Reads the search part of an address into its values; of a repeated name the last value counts. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

/**
 * Writes values as the search part of an address: lists are joined by commas, what is empty is left out, and
 * commas, slashes and colons stay readable.
 */
export function stringifySearch(values: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    const text = Array.isArray(value) ? value.join(',') : value;
    if (typeof text === 'string' && text !== '') params.set(name, text);
    else if (text === true) params.set(name, 'yes');
  }
  const search = params.toString().replaceAll('%2C', ',').replaceAll('%2F', '/').replaceAll('%3A', ':');
  return search === '' ? '' : `?${search}`;
}

/** A text of the address, cut to a sane length; undefined when empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 255) : undefined;
}

/** A yes/no of the address; undefined means no. */
export function flagOf(value: unknown): true | undefined {
  return value === 'yes' || value === true ? true : undefined;
}

/** A list of the address, `a,b`, without doubles; undefined when nothing known is in it. */
export function listOf<T extends string>(value: unknown, known: readonly T[]): T[] | undefined {
  const chosen = new Set<unknown>(wordsOf(value));
  const list = known.filter((word) => chosen.has(word));
  return list.length > 0 ? list : undefined;
}

/** A list of ids of the address, at most 50 of them; undefined when there is none. */
export function idsOf(value: unknown): string[] | undefined {
  const ids = [...new Set(wordsOf(value))].filter((id) => /^[0-9a-f-]{36}$/i.test(id)).slice(0, 50);
  return ids.length > 0 ? ids : undefined;
}

function wordsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((word) => typeof word === 'string');
  return typeof value === 'string' ? value.split(',') : [];
}
