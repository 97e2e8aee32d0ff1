import type { VexProduct, VexStatement, VexStatus } from './enrichment.ts';

/** What a VEX document is made of. */
export type VexContents = {
  /** A URI that names the document and no other; also where its author is found. */
  readonly id: string;
  readonly uuid: string;
  readonly author: string;
  /** The address of the author, for formats that demand one. */
  readonly authorUrl: string;
  readonly issuedAt: string;
  readonly statements: readonly VexStatement[];
};

export type VexWriter = (contents: VexContents) => object;

/** Writes VEX documents by format; `readVexDocument` reads the same statements from each. */
export const vexWriters = { openvex, cyclonedx, csaf } as const satisfies Record<string, VexWriter>;

/** OpenVEX 0.2.0 (github.com/openvex/spec). */
function openvex({ id, author, issuedAt, statements }: VexContents): object {
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': id,
    author,
    timestamp: issuedAt,
    version: 1,
    statements: withoutRanges(statements).map((statement) => ({
      vulnerability: {
        name: statement.vulnerability,
        ...(statement.aliases.length > 0 && { aliases: statement.aliases }),
      },
      ...(statement.statedAt !== undefined && { timestamp: statement.statedAt }),
      products: statement.products.map(({ product, component }) => ({
        '@id': product,
        identifiers: { purl: product },
        ...(component !== undefined && {
          subcomponents: [{ '@id': component, identifiers: { purl: component } }],
        }),
      })),
      status: statement.status,
      ...(statement.justification !== undefined &&
        openvexJustifications.has(statement.justification) && { justification: statement.justification }),
      // One of the two is demanded of what is not affected.
      ...(statement.status === 'not_affected' && {
        impact_statement: statement.impact ?? noReason,
      }),
      ...(statement.status === 'affected' && { action_statement: statement.action ?? noAction }),
    })),
  };
}

/** Of formats that name versions one by one: what is said of a range is left out, lest it be said of every version. */
function withoutRanges(statements: readonly VexStatement[]): VexStatement[] {
  return statements.flatMap((statement) => {
    const products = statement.products.filter(({ versions }) => versions === undefined);
    return products.length === 0 ? [] : [{ ...statement, products }];
  });
}

const noReason = 'No reason was given.';
const noAction = 'No action is known.';

/** The justifications that OpenVEX and CSAF know. */
const openvexJustifications: ReadonlySet<string> = new Set([
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
]);

const stateOfStatus: Readonly<Record<VexStatus, string>> = {
  not_affected: 'not_affected',
  affected: 'exploitable',
  fixed: 'resolved',
  under_investigation: 'in_triage',
};

const cyclonedxJustifications: Readonly<Record<string, string>> = {
  vulnerable_code_not_present: 'code_not_present',
  component_not_present: 'code_not_present',
  vulnerable_code_not_in_execute_path: 'code_not_reachable',
  inline_mitigations_already_exist: 'protected_by_mitigating_control',
};

/**
 * CycloneDX 1.6. A component inside an image is a component of that image's: what is said about a package in one image
 * must not be said about it everywhere, so each image is a component of its own with those that are meant in it.
 */
function cyclonedx({ uuid, author, issuedAt, statements }: VexContents): object {
  const refs = new Map<string, { product: string; components: Set<string> }>();
  for (const { product, component } of statements.flatMap((one) => one.products)) {
    const known = refs.get(product) ?? { product, components: new Set() };
    if (component !== undefined) known.components.add(component);
    refs.set(product, known);
  }
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata: { timestamp: issuedAt, authors: [{ name: author }] },
    components: [...refs.values()].map(({ product, components }) => ({
      ...cyclonedxComponent(product, product),
      ...(components.size > 0 && {
        components: [...components].map((one) => cyclonedxComponent(one, refOf({ product, component: one }))),
      }),
    })),
    vulnerabilities: statements.map((statement) => ({
      id: statement.vulnerability,
      ...(statement.aliases.length > 0 && {
        references: statement.aliases.map((id) => ({ id, source: { name: id.replace(/-.*$/s, '') } })),
      }),
      analysis: {
        state: stateOfStatus[statement.status],
        ...(statement.status === 'not_affected' &&
          statement.justification !== undefined &&
          Object.hasOwn(cyclonedxJustifications, statement.justification) && {
            justification: cyclonedxJustifications[statement.justification],
          }),
        ...(statement.impact !== undefined && { detail: statement.impact }),
        ...(statement.statedAt !== undefined && { lastUpdated: statement.statedAt }),
      },
      affects: statement.products.map((one) => ({
        ref: refOf(one),
        ...(one.versions !== undefined && {
          versions: [{ range: one.versions, status: versionStatus[statement.status] }],
        }),
      })),
    })),
  };
}

const versionStatus: Readonly<Record<VexStatus, string>> = {
  not_affected: 'unaffected',
  affected: 'affected',
  fixed: 'unaffected',
  under_investigation: 'unknown',
};

function refOf({ product, component }: VexProduct): string {
  return component === undefined ? product : `${product}#${component}`;
}

function cyclonedxComponent(purl: string, ref: string) {
  const isImage = /^pkg:(?:oci|docker)\//.test(purl);
  return { type: isImage ? 'container' : 'library', 'bom-ref': ref, name: nameOf(purl), purl };
}

function nameOf(purl: string): string {
  const path = purl.replace(/[?#].*$/s, '').replace(/([^/])@[^@/]*$/, '$1');
  return path.slice(path.lastIndexOf('/') + 1);
}

const listOfStatus: Readonly<Record<VexStatus, string>> = {
  not_affected: 'known_not_affected',
  affected: 'known_affected',
  fixed: 'fixed',
  under_investigation: 'under_investigation',
};

/** CSAF 2.0, profile VEX (docs.oasis-open.org/csaf/csaf/v2.0, 4.5). */
function csaf({ id, author, authorUrl, issuedAt, statements }: VexContents): object {
  const ids = new Map<string, string>();
  const idOf = (key: string) => {
    const known = ids.get(key) ?? `P-${ids.size + 1}`;
    ids.set(key, known);
    return known;
  };
  const names = new Map<string, object>();
  const relations = new Map<string, object>();
  const productId = ({ product, component }: VexProduct): string => {
    const own = idOf(product);
    names.set(own, nameEntry(own, product));
    if (component === undefined) return own;
    const inner = idOf(component);
    names.set(inner, nameEntry(inner, component));
    const both = idOf(`${product}#${component}`);
    relations.set(both, {
      category: 'default_component_of',
      full_product_name: { product_id: both, name: `${component} in ${product}` },
      product_reference: inner,
      relates_to_product_reference: own,
    });
    return both;
  };
  const vulnerabilities = withoutRanges(statements).map((statement) => {
    const products = statement.products.map(productId);
    const { vulnerability, status, justification, impact, action } = statement;
    const isCve = /^CVE-\d{4}-\d{4,}$/.test(vulnerability);
    const others = isCve ? statement.aliases : [vulnerability, ...statement.aliases];
    return {
      ...(isCve && { cve: vulnerability }),
      ...(others.length > 0 && {
        ids: others.map((text) => ({ system_name: text.replace(/-.*$/s, ''), text })),
      }),
      notes: [{ category: 'description', text: vulnerability }],
      product_status: { [listOfStatus[status]]: products },
      ...(status === 'not_affected' &&
        justification !== undefined &&
        openvexJustifications.has(justification) && {
          flags: [
            {
              label: justification,
              product_ids: products,
              ...(statement.statedAt !== undefined && { date: statement.statedAt }),
            },
          ],
        }),
      ...((impact !== undefined || status === 'not_affected') && {
        threats: [{ category: 'impact', details: impact ?? noReason, product_ids: products }],
      }),
      ...(status === 'affected' && {
        remediations: [{ category: 'none_available', details: action ?? noAction, product_ids: products }],
      }),
    };
  });
  return {
    document: {
      category: 'csaf_vex',
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
    product_tree: {
      full_product_names: [...names.values()],
      ...(relations.size > 0 && { relationships: [...relations.values()] }),
    },
    vulnerabilities,
  };
}

function nameEntry(productId: string, purl: string): object {
  return { product_id: productId, name: purl, product_identification_helper: { purl } };
}
