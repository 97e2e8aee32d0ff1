import type { VexProduct, VexStatus } from './enrichment.ts';
import { noAction, noReason, openvexJustifications, withoutRanges, type VexContents } from './vex-words.ts';
import { writeCsaf } from './write-csaf.ts';

export type { VexContents } from './vex-words.ts';

export type VexWriter = (contents: VexContents) => object;

/** Writes VEX documents by format; `readVexDocument` reads the same statements from each. */
export const vexWriters = { openvex, cyclonedx, csaf: writeCsaf } as const satisfies Record<
  string,
  VexWriter
>;

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
