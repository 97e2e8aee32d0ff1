import { AdvisoriesError } from '../advisories-error.ts';
import type { VexProduct, VexStatement, VexStatus } from '../enrichment.ts';
import type { Feed } from '../feed.ts';
import { readJson } from '../feed-file.ts';
import {
  asList,
  asObject,
  instantOf,
  maxIdLength,
  maxTextLength,
  textOf,
  type Json,
} from '../json-fields.ts';
import { productsById } from './csaf-products.ts';
import { redHatAdvisories } from './csaf-red-hat.ts';
import { vulnerabilityStatements } from './vulnerability-statements.ts';

/** CSAF 2.0 and 2.1 documents, read for their statements about products (docs.oasis-open.org/csaf, profile VEX). */
export const csaf: Feed = {
  id: 'csaf',
  kind: 'vex',
  recognizes: ({ head }) => /"csaf_version"\s*:/.test(head),
  async *read(file, signal) {
    const { value, bytes } = await readJson(file, signal);
    const root = asObject(value);
    const document = asObject(root['document']);
    const tracking = asObject(document['tracking']);
    const id = textOf(tracking['id'], maxIdLength);
    if (!id) throw new AdvisoriesError('invalid', `${file.name} is a CSAF document without a tracking id`);
    const products = productsById(asObject(root['product_tree']));
    const statements = yield* vulnerabilityStatements(
      file.name,
      root['vulnerabilities'],
      (one) => statementsOf(one, products),
      'it has no id, or none of its products is named by a purl',
    );
    const advisories = redHatAdvisories(root);
    const issuedAt = instantOf(tracking['current_release_date']);
    yield {
      vex: {
        id,
        format: 'csaf',
        author: textOf(asObject(document['publisher'])['name'], maxIdLength) ?? 'unknown',
        version: textOf(tracking['version'], maxIdLength) ?? '',
        ...(issuedAt ? { issuedAt } : {}),
        statements,
        ...(advisories.length > 0 && { advisories }),
      },
      document: bytes,
    };
  },
};

/** The lists of `product_status` that say something that VEX says too. */
const statusOfList: Readonly<Record<string, VexStatus>> = {
  known_not_affected: 'not_affected',
  known_affected: 'affected',
  first_affected: 'affected',
  last_affected: 'affected',
  fixed: 'fixed',
  first_fixed: 'fixed',
  under_investigation: 'under_investigation',
};

/** One statement per status and reason, so that what is said of some products is not said of the others. */
function statementsOf(vulnerability: Json, products: ReadonlyMap<string, VexProduct>): VexStatement[] {
  const ids = [
    textOf(vulnerability['cve'], maxIdLength),
    ...asList(vulnerability['ids']).map((id) => textOf(asObject(id)['text'], maxIdLength)),
  ].flatMap((id) => id ?? []);
  const [id, ...aliases] = ids;
  if (id === undefined) return [];
  const statements = new Map<string, VexStatement & { products: VexProduct[] }>();
  for (const [list, productIds] of Object.entries(asObject(vulnerability['product_status']))) {
    const status = Object.hasOwn(statusOfList, list) ? statusOfList[list] : undefined;
    if (!status) continue;
    for (const productId of asList(productIds)) {
      const product = products.get(String(productId));
      if (!product) continue;
      const said = { status, ...detailsOf(vulnerability, String(productId), status) };
      const key = JSON.stringify(said);
      const known = statements.get(key);
      if (known) known.products.push(product);
      else statements.set(key, { vulnerability: id, aliases, products: [product], ...said });
    }
  }
  return [...statements.values()];
}

function detailsOf(
  vulnerability: Json,
  productId: string,
  status: VexStatus,
): Partial<Pick<VexStatement, 'justification' | 'impact' | 'action' | 'statedAt'>> {
  const about = (list: unknown) =>
    asList(list)
      .map(asObject)
      .find(({ product_ids: ids }) => asList(ids).includes(productId));
  const flag = about(vulnerability['flags']);
  const impacts = asList(vulnerability['threats']).filter((one) => asObject(one)['category'] === 'impact');
  const justification = status === 'not_affected' ? textOf(flag?.['label'], maxIdLength) : undefined;
  const impact = textOf(about(impacts)?.['details'], maxTextLength);
  const action = textOf(about(vulnerability['remediations'])?.['details'], maxTextLength);
  const statedAt = instantOf(flag?.['date']);
  return {
    ...(justification ? { justification } : {}),
    ...(impact ? { impact } : {}),
    ...(action ? { action } : {}),
    ...(statedAt ? { statedAt } : {}),
  };
}
