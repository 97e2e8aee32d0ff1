import type { Inventory, InventoryPackage } from '@plimsoll/contracts';
import { PackageURL } from 'packageurl-js';
import { imageFacts, packageFacts, type NamedFact } from './described-facts.ts';
import { documentId } from './document-id.ts';
import type { DocumentFacts } from './inventory-format.ts';

type Property = { readonly name: string; readonly value: string };

/** The fields of a CycloneDX component that are written. */
export type CycloneDxComponent = {
  readonly type: 'application' | 'container' | 'library' | 'operating-system';
  readonly 'bom-ref'?: string;
  readonly group?: string;
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly purl?: string;
  readonly properties?: readonly Property[];
  readonly evidence?: {
    readonly occurrences: readonly { readonly location: string; readonly additionalContext?: string }[];
  };
};

/** What made the document: until 1.4 a list of names, later components. */
type CycloneDxTools =
  | readonly { readonly name: string; readonly version: string }[]
  | { readonly components: readonly CycloneDxComponent[] };

/** Versions of the format that are written. */
export const cyclonedxVersions = ['1.4', '1.5', '1.6'] as const;
export type CycloneDxVersion = (typeof cyclonedxVersions)[number];

/** A CycloneDX document (cyclonedx.org/docs/1.6/json), as far as it is written. */
export type CycloneDxDocument = {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: CycloneDxVersion;
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: {
    readonly timestamp: string;
    readonly tools: CycloneDxTools;
    readonly component: CycloneDxComponent;
  };
  readonly components: readonly CycloneDxComponent[];
  readonly compositions: readonly { readonly aggregate: string; readonly assemblies: readonly string[] }[];
};

/**
 * Describes an inventory in CycloneDX's words. Written by ourselves: the official library has no `occurrences`, which
 * carry the path and layer of each package, and its XML needs a further library. Where a package lies can be told
 * since 1.5, in which layer beside it since 1.6; the layer that brought a package is a property in all.
 */
export function cyclonedxDocument(
  inventory: Inventory,
  facts: DocumentFacts,
  specVersion: CycloneDxVersion,
): CycloneDxDocument {
  const { digest, os, packages, warnings, scanner } = inventory;
  const tool = { name: 'plimsoll', version: scanner.version };
  return {
    bomFormat: 'CycloneDX',
    specVersion,
    serialNumber: `urn:uuid:${documentId(inventory, facts)}`,
    version: 1,
    metadata: {
      timestamp: facts.createdAt.toISOString(),
      tools: specVersion === '1.4' ? [tool] : { components: [{ type: 'application', ...tool }] },
      component: {
        type: 'container',
        'bom-ref': digest,
        name: facts.imageName,
        version: digest,
        hashes: [{ alg: 'SHA-256', content: digest.slice('sha256:'.length) }],
        properties: properties(imageFacts(inventory)),
      },
    },
    components: [
      ...(os
        ? [
            {
              type: 'operating-system' as const,
              'bom-ref': 'operating-system',
              name: os.id,
              ...(os.versionId !== undefined && { version: os.versionId }),
              ...(os.prettyName !== undefined && { description: os.prettyName }),
            },
          ]
        : []),
      ...packages.map((found) => describePackage(found, specVersion)),
    ],
    // Whether an image without warnings was read completely nobody can promise: there may be what no analyzer knows.
    compositions: [{ aggregate: warnings.length > 0 ? 'incomplete' : 'unknown', assemblies: [digest] }],
  };
}

function describePackage(found: InventoryPackage, specVersion: CycloneDxVersion): CycloneDxComponent {
  const { namespace, name } = PackageURL.fromString(found.purl);
  // For packages of the operating system the namespace is the vendor, not part of the name.
  const isGrouped = namespace != null && found.name !== name;
  return {
    type: 'library',
    'bom-ref': found.purl,
    ...(isGrouped && { group: namespace }),
    name: isGrouped ? name : found.name,
    version: found.version,
    ...(found.sha1 !== undefined && { hashes: [{ alg: 'SHA-1', content: found.sha1 }] }),
    purl: found.purl,
    properties: properties(packageFacts(found)),
    ...(specVersion !== '1.4' && {
      evidence: {
        occurrences: found.locations.map(({ path, layer }) => ({
          location: path,
          ...(specVersion === '1.6' && { additionalContext: layer }),
        })),
      },
    }),
  };
}

function properties(facts: readonly NamedFact[]): Property[] {
  return facts.map(([name, value]) => ({ name, value }));
}
