import type { VexProduct } from '../enrichment.ts';
import { asList, asObject, maxTextLength, textOf, type Json } from '../json-fields.ts';
import { purlOf } from '../purl-text.ts';

/** Trees of real documents are a handful of branches deep. */
const maxDepth = 50;

/** What a product tree says of one product. */
type CsafProduct = { readonly purl?: string; readonly cpe?: string; readonly versions?: string };

/** A product that is a component of another one. */
type Relation = { readonly id: string; readonly componentId: string; readonly productId: string };

/**
 * The products of a CSAF product tree that a purl names, by their id. A product that is a component of another is
 * named by both. Red Hat names its distributions by CPE: a component of one is a package of that release. A component of
 * what is not known is none of ours.
 */
export function productsById(tree: Json): Map<string, VexProduct> {
  const { known, relations } = readTree(tree);
  const products = new Map<string, VexProduct>();
  for (const [id, { purl, versions }] of known)
    if (purl) products.set(id, { product: purl, ...(versions && { versions }) });
  for (const { id, componentId, productId } of relations) {
    const { purl: component, versions } = known.get(componentId) ?? {};
    const product = known.get(productId);
    if (!component) continue;
    const release = redHatRelease(product?.cpe);
    const named = product?.purl
      ? { product: product.purl, component }
      : release
        ? { product: withDistro(component, `rhel-${release.major}`) }
        : undefined;
    if (named) products.set(id, { ...named, ...(versions && { versions }) });
  }
  return products;
}

/** A package of a release of Red Hat Enterprise Linux, as OSV names these. */
export type CsafComponent = {
  /** `Red Hat:enterprise_linux:9::baseos` */
  readonly ecosystem: string;
  readonly name: string;
  readonly version?: string;
  /** `nodejs:18` */
  readonly module?: string;
};

/** The packages of Red Hat Enterprise Linux in a product tree, by the ids of these products. */
export function componentsById(tree: Json): Map<string, CsafComponent> {
  const { known, relations } = readTree(tree);
  return new Map(
    relations.flatMap(({ id, componentId, productId }): [string, CsafComponent][] => {
      const { purl = '' } = known.get(componentId) ?? {};
      const release = redHatRelease(known.get(productId)?.cpe);
      const [, encoded, version, query] =
        /^pkg:rpm\/redhat\/([^/@?#]+)(?:@([^?#]+))?(?:\?([^#]*))?/.exec(purl) ?? [];
      if (!release || encoded === undefined) return [];
      // Packages of modules are named `nodejs:18/nodejs`.
      const qualifiers = new URLSearchParams(query);
      const module = qualifiers.get('rpmmod') ?? /^([\w.+-]+:[\w.+-]+)\//.exec(componentId)?.[1];
      const epoch = qualifiers.get('epoch');
      return [
        [
          id,
          {
            ecosystem: `Red Hat:${release.name}`,
            name: decoded(encoded),
            ...(version && { version: `${epoch ? `${epoch}:` : ''}${decoded(version)}` }),
            ...(module && { module }),
          },
        ],
      ];
    }),
  );
}

/** `cpe:/o:redhat:enterprise_linux:9::baseos`; releases with extended support are products of their own. */
function redHatRelease(cpe: string | undefined): { name: string; major: string } | undefined {
  const [, name, major] = /^cpe:\/[oa]:redhat:(enterprise_linux:(\d+)(?:::[\w-]+)?)$/.exec(cpe ?? '') ?? [];
  return name && major ? { name, major } : undefined;
}

function withDistro(purl: string, distro: string): string {
  return /[?&]distro=/.test(purl) ? purl : `${purl}${purl.includes('?') ? '&' : '?'}distro=${distro}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readTree(tree: Json): { known: ReadonlyMap<string, CsafProduct>; relations: readonly Relation[] } {
  const known = new Map<string, CsafProduct>();
  const note = (value: unknown, more: CsafProduct = {}) => {
    const { product_id: id, product_identification_helper: helper } = asObject(value);
    if (typeof id !== 'string') return;
    const { purl: one, purls, cpe: written } = asObject(helper);
    const purl = purlOf(one) ?? asList(purls).flatMap((other) => purlOf(other) ?? [])[0];
    const cpe = textOf(written, maxTextLength);
    known.set(id, { ...known.get(id), ...(purl && { purl }), ...(cpe && { cpe }), ...more });
  };
  const walk = (branches: unknown, depth: number) => {
    if (depth > maxDepth) return;
    for (const branch of asList(branches).map(asObject)) {
      const name = textOf(branch['name'], maxTextLength);
      const isRange = branch['category'] === 'product_version_range' && name?.startsWith('vers:');
      note(branch['product'], isRange && name ? { versions: name } : {});
      walk(branch['branches'], depth + 1);
    }
  };
  walk(tree['branches'], 0);
  for (const product of asList(tree['full_product_names'])) note(product);
  const relations = asList(tree['relationships']).flatMap((one) => {
    const {
      full_product_name: named,
      product_reference: component,
      relates_to_product_reference: product,
    } = asObject(one);
    const { product_id: id } = asObject(named);
    return typeof id === 'string' ? [{ id, componentId: String(component), productId: String(product) }] : [];
  });
  return { known, relations };
}
