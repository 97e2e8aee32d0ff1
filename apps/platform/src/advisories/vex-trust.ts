import type { VexDocument } from '@plimsoll/advisories';

/** A source of VEX documents, and a beginning of the purls of products that it is believed about. */
export type VexTrust = { readonly source: string; readonly product: string };

/** Reads `SOURCE=PURL`, where a source may hold a `=` itself; undefined for what is none. */
export function readVexTrust(text: string): VexTrust | undefined {
  const at = text.lastIndexOf('=pkg:');
  return at <= 0 ? undefined : { source: text.slice(0, at), product: text.slice(at + 1) };
}

/**
 * The products that a file is believed about, by the sources that it lies in; undefined when it is believed about all since
 * nothing is said of its source.
 */
export function trustedProducts(trust: readonly VexTrust[], file: string): string[] | undefined {
  const own = trust.filter(({ source }) => file === source || file.startsWith(source.replace(/\/*$/, '/')));
  return own.length === 0 ? undefined : own.map(({ product }) => product).toSorted();
}

/** Leaves out what a document says of other products. @returns it, and how many products were left out. */
export function limitedTo(
  products: readonly string[],
  document: VexDocument,
): { vex: VexDocument; leftOut: number } {
  let leftOut = 0;
  const statements = document.statements.flatMap((statement) => {
    const believed = statement.products.filter(({ product }) =>
      products.some((prefix) => beginsWith(product, prefix)),
    );
    leftOut += statement.products.length - believed.length;
    return believed.length > 0 ? [{ ...statement, products: believed }] : [];
  });
  return { vex: { ...document, statements }, leftOut };
}

/** `pkg:deb/debian/tar` is the beginning of `pkg:deb/debian/tar@1.34`, and not of `pkg:deb/debian/tardy`. */
function beginsWith(purl: string, prefix: string): boolean {
  return (
    purl.startsWith(prefix) && (/[/@?#]$/.test(prefix) || /^(?:[/@?#]|$)/.test(purl.slice(prefix.length)))
  );
}
