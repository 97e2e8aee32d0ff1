/**
 * The query of the next page, from a `Link` header (RFC 8288) in any shape that registries write it: relative, absolute,
 * query only, several links in one header, bare or upper-case `rel`, un-escaped values. Undefined when there is none.
 * Only the query is taken, so a link can never lead to another host or path than the listing's own.
 */
export function nextPageQuery(header: string | string[] | undefined): string | undefined {
  const text = [header ?? []].flat().join(',');
  for (const [, target = '', parameters = ''] of text.matchAll(/<([^<>]*)>([^<]*)/g)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters);
    const relations = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/);
    const query = /\?([^#]+)/.exec(target)?.[1];
    if (relations.includes('next') && query) return query;
  }
  return undefined;
}

/** The query of the next page where a document holds its address instead. Only the query is taken, as above. */
export function queryOfAddress(address: string | null | undefined): string | undefined {
  return (address && URL.parse(address, 'https://any.invalid')?.search.slice(1)) || undefined;
}
