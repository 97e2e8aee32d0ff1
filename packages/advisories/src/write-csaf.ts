import type { VexProduct, VexStatement, VexStatus } from './enrichment.ts';
import { noAction, noReason, openvexJustifications, withoutRanges, type VexContents } from './vex-words.ts';

const listOfStatus: Readonly<Record<VexStatus, string>> = {
  not_affected: 'known_not_affected',
  affected: 'known_affected',
  fixed: 'fixed',
  under_investigation: 'under_investigation',
};

/** CSAF 2.0, profile VEX (docs.oasis-open.org/csaf/csaf/v2.0, 4.5). It has one entry per vulnerability, which says one thing of a product. */
export function writeCsaf({ id, author, authorUrl, issuedAt, statements }: VexContents): object {
  const tree = new ProductTree();
  const vulnerabilities = [...Map.groupBy(withoutRanges(statements), ({ vulnerability }) => vulnerability)];
  return {
    document: {
      // The profile for VEX demands that something is said.
      category: vulnerabilities.length > 0 ? 'csaf_vex' : 'csaf_base',
      csaf_version: '2.0',
      title: `VEX of ${author}`,
      publisher: { category: 'user', name: author, namespace: authorUrl },
      tracking: {
        id,
        status: 'final',
        version: '1',
        initial_release_date: issuedAt,
        current_release_date: issuedAt,
        revision_history: [{ number: '1', date: issuedAt, summary: 'As exported' }],
        generator: { engine: { name: 'Plimsoll' } },
      },
    },
    ...(vulnerabilities.length > 0 && {
      vulnerabilities: vulnerabilities.map(([vulnerability, said]) => entryOf(vulnerability, said, tree)),
      product_tree: tree.document(),
    }),
  };
}

function entryOf(vulnerability: string, said: readonly VexStatement[], tree: ProductTree): object {
  const isCve = /^CVE-\d{4}-\d{4,}$/.test(vulnerability);
  const aliases = new Set(said.flatMap((one) => one.aliases));
  const others = isCve ? [...aliases] : [...new Set([vulnerability, ...aliases])];
  const products = newestOfEach(said, tree);
  const of = (keyOf: (statement: VexStatement) => string | undefined) => {
    const groups = new Map<string, string[]>();
    for (const [product, statement] of products) {
      const key = keyOf(statement);
      if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), product]);
    }
    return [...groups];
  };
  const flags = of(({ status, justification = '', statedAt }) =>
    status === 'not_affected' && openvexJustifications.has(justification)
      ? JSON.stringify([justification, statedAt])
      : undefined,
  );
  const impacts = of(({ status, impact }) => impact ?? (status === 'not_affected' ? noReason : undefined));
  const actions = of(({ status, action }) => (status === 'affected' ? (action ?? noAction) : undefined));
  return {
    ...(isCve && { cve: vulnerability }),
    ...(others.length > 0 && {
      ids: others.map((text) => ({ system_name: text.replace(/-.*$/s, ''), text })),
    }),
    notes: [{ category: 'description', text: vulnerability }],
    product_status: Object.fromEntries(of(({ status }) => listOfStatus[status])),
    ...(flags.length > 0 && {
      flags: flags.map(([key, ids]) => {
        const [label, date] = JSON.parse(key) as [string, string | null];
        return { label, product_ids: ids, ...(date !== null && { date }) };
      }),
    }),
    ...(impacts.length > 0 && {
      threats: impacts.map(([details, ids]) => ({ category: 'impact', details, product_ids: ids })),
    }),
    ...(actions.length > 0 && {
      remediations: actions.map(([details, ids]) => ({
        category: 'none_available',
        details,
        product_ids: ids,
      })),
    }),
  };
}

/** What counts of what is said about each product: the newest, of equally old statements the last. */
function newestOfEach(said: readonly VexStatement[], tree: ProductTree): ReadonlyMap<string, VexStatement> {
  const newest = new Map<string, VexStatement>();
  for (const statement of said) {
    for (const product of statement.products) {
      const id = tree.idOf(product);
      const known = newest.get(id);
      if (!known || (statement.statedAt ?? '') >= (known.statedAt ?? '')) newest.set(id, statement);
    }
  }
  return newest;
}

/** Products by the ids that a document gives them. */
class ProductTree {
  readonly #ids = new Map<string, string>();
  readonly #names = new Map<string, object>();
  readonly #relations = new Map<string, object>();

  /** The id of a product, or of a component in it. */
  idOf({ product, component }: VexProduct): string {
    const own = this.#named(product);
    if (component === undefined) return own;
    const inner = this.#named(component);
    const both = this.#id(`${product}#${component}`);
    this.#relations.set(both, {
      category: 'default_component_of',
      full_product_name: { product_id: both, name: `${component} in ${product}` },
      product_reference: inner,
      relates_to_product_reference: own,
    });
    return both;
  }

  document(): object {
    const [names, relationships] = [[...this.#names.values()], [...this.#relations.values()]];
    return { full_product_names: names, ...(relationships.length > 0 && { relationships }) };
  }

  #named(purl: string): string {
    const id = this.#id(purl);
    this.#names.set(id, { product_id: id, name: purl, product_identification_helper: { purl } });
    return id;
  }

  #id(key: string): string {
    const known = this.#ids.get(key) ?? `P-${this.#ids.size + 1}`;
    this.#ids.set(key, known);
    return known;
  }
}
