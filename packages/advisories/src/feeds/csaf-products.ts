import type { VexProduct } from '../enrichment.ts';
import { asList, asObject, maxTextLength, textOf, type Json } from '../json-fields.ts';
import { purlOf } from '../purl-text.ts';

/** Trees of real documents are a handful of branches deep. */
const maxDepth = 50;

/**
 * The products of a CSAF product tree that a purl names, by their id. A product that is a component of another is
 * named by both; where only the component has a purl (Red Hat names products by CPE) by that alone.
 */
export function productsById(tree: Json): Map<string, VexProduct> {
  const purls = new Map<string, string>();
  const ranges = new Map<string, string>();
  const note = (value: unknown) => {
    const product = asObject(value);
    const helper = asObject(product['product_identification_helper']);
    const purl = purlOf(helper['purl']) ?? asList(helper['purls']).flatMap((one) => purlOf(one) ?? [])[0];
    if (purl && typeof product['product_id'] === 'string') purls.set(product['product_id'], purl);
  };
  const walk = (branches: unknown, depth: number) => {
    if (depth > maxDepth) return;
    for (const branch of asList(branches).map(asObject)) {
      note(branch['product']);
      const { product_id: id } = asObject(branch['product']);
      const name = textOf(branch['name'], maxTextLength);
      const isRange = branch['category'] === 'product_version_range' && name?.startsWith('vers:');
      if (isRange && name !== undefined && typeof id === 'string') ranges.set(id, name);
      walk(branch['branches'], depth + 1);
    }
  };
  walk(tree['branches'], 0);
  asList(tree['full_product_names']).forEach(note);

  const versionsOf = (id: unknown) => {
    const versions = ranges.get(String(id));
    return versions === undefined ? {} : { versions };
  };
  const products = new Map(
    [...purls].map(([id, product]): [string, VexProduct] => [id, { product, ...versionsOf(id) }]),
  );
  for (const relation of asList(tree['relationships']).map(asObject)) {
    const { product_id: id } = asObject(relation['full_product_name']);
    const component = purls.get(String(relation['product_reference']));
    if (typeof id !== 'string' || !component) continue;
    const product = purls.get(String(relation['relates_to_product_reference']));
    const versions = versionsOf(relation['product_reference']);
    products.set(id, product ? { product, component, ...versions } : { product: component, ...versions });
  }
  return products;
}
