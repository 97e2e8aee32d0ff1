/** The slice of a listing that `page` and `per_page` (or what a product calls them) ask for, and whether more follows. */
export function numberedPage<T>(
  entries: readonly T[],
  url: URL,
  { sizeKey = 'per_page', defaultSize = 20, maxSize = 100 } = {},
): { readonly entries: readonly T[]; readonly number: number; readonly hasNext: boolean } {
  const size = Math.min(Number(url.searchParams.get(sizeKey) ?? defaultSize), maxSize);
  const number = Number(url.searchParams.get('page') ?? 1);
  return {
    entries: entries.slice((number - 1) * size, number * size),
    number,
    hasNext: number * size < entries.length,
  };
}

/** The address of a page of the same listing. */
export function pageAddress(url: URL, number: number): string {
  const next = new URL(url);
  next.searchParams.set('page', String(number));
  return next.href;
}

/** Tags by the digest that they point at, oldest first: what products list that think in digests. */
export function byDigest<T extends { readonly digest: string }>(
  tags: ReadonlyMap<string, T>,
): [digest: string, tags: [name: string, tag: T][]][] {
  return [...Map.groupBy(tags, ([, { digest }]) => digest)];
}

/** A digest of nothing that is tagged: platforms of an index, attestations. */
export const untaggedDigest = `sha256:${'0'.repeat(64)}`;
