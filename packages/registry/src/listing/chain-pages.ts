import type { UpstreamPage } from './list-pages.ts';

/** Parts the source from the query of its page; neither holds it. */
const separator = '\n';

/**
 * Makes one listing out of several: namespaces, projects or registries of an account, one after the other. The query of a page
 * names its source, so that a cursor leads on even when sources came or went meanwhile.
 */
export function chainPages<T>(
  sources: readonly string[],
  firstQuery: string,
  readPage: (source: string, query: string) => Promise<UpstreamPage<T>>,
): { readonly firstQuery: string; readonly readPage: (query: string) => Promise<UpstreamPage<T>> } {
  const ordered = [...new Set(sources)].sort();
  const startOf = (source: string | undefined) =>
    source === undefined ? undefined : source + separator + firstQuery;
  return {
    firstQuery: startOf(ordered[0]) ?? '',
    async readPage(position) {
      const [source = '', query = ''] = position.split(separator);
      const following = startOf(ordered.find((other) => other > source));
      if (!ordered.includes(source)) return { entries: [], next: following };
      const page = await readPage(source, query);
      return { ...page, next: page.next === undefined ? following : source + separator + page.next };
    },
  };
}
