import { createHash } from 'node:crypto';
import type { Inventory, InventoryPackage } from '@plimsoll/contracts';
import { imageFacts, packageFacts, type NamedFact } from './described-facts.ts';
import { documentId } from './document-id.ts';
import type { InventoryFormat } from './inventory-format.ts';

const documentRef = 'SPDXRef-DOCUMENT';
const imageRef = 'SPDXRef-Image';

/** SPDX 2.3 as JSON (spdx.github.io/spdx-spec/v2.3; ISO/IEC 5962). */
export const spdxJson: InventoryFormat = {
  id: 'spdx-json',
  mediaType: 'application/spdx+json',
  write(inventory, facts) {
    const created = `${facts.createdAt.toISOString().slice(0, 19)}Z`;
    const tool = `Tool: plimsoll-${inventory.scanner.version}`;
    const annotate = annotator(created, tool);
    const packages = inventory.packages.map((found) => describePackage(found, annotate));
    const document = {
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: documentRef,
      name: facts.imageName,
      documentNamespace: `urn:uuid:${documentId(inventory, facts)}`,
      creationInfo: { created, creators: [tool] },
      packages: [describeImage(inventory, facts.imageName, annotate), ...packages],
      relationships: [
        { spdxElementId: documentRef, relationshipType: 'DESCRIBES', relatedSpdxElement: imageRef },
        ...packages.map(({ SPDXID }) => ({
          spdxElementId: imageRef,
          relationshipType: 'CONTAINS',
          relatedSpdxElement: SPDXID,
        })),
      ],
    };
    return JSON.stringify(document, undefined, 2);
  },
};

type Annotate = (facts: readonly NamedFact[]) => Readonly<Record<string, string>>[];

/** SPDX has no properties; each fact becomes an annotation `name=value`. */
function annotator(annotationDate: string, tool: string): Annotate {
  return (facts) =>
    facts.map(([name, value]) => ({
      annotationDate,
      annotationType: 'OTHER',
      annotator: tool,
      comment: `${name}=${value}`,
    }));
}

function describeImage(inventory: Inventory, name: string, annotate: Annotate) {
  return {
    SPDXID: imageRef,
    name,
    versionInfo: inventory.digest,
    primaryPackagePurpose: 'CONTAINER',
    checksums: [{ algorithm: 'SHA256', checksumValue: inventory.digest.slice('sha256:'.length) }],
    ...nothingSaid,
    annotations: annotate(imageFacts(inventory)),
  };
}

function describePackage(found: InventoryPackage, annotate: Annotate) {
  const places = found.locations.map(
    ({ path, layer }) => ['plimsoll:location', `${path} (${layer})`] as const,
  );
  return {
    // Ids may hold letters, digits, dots and hyphens only; a purl tells them apart.
    SPDXID: `SPDXRef-Package-${createHash('sha256').update(found.purl).digest('hex').slice(0, 32)}`,
    name: found.name,
    versionInfo: found.version,
    ...(found.sha1 !== undefined && { checksums: [{ algorithm: 'SHA1', checksumValue: found.sha1 }] }),
    ...nothingSaid,
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: found.purl },
    ],
    annotations: annotate([...packageFacts(found), ...places]),
  };
}

/** What a scan does not look for. */
const nothingSaid = {
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  licenseDeclared: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
};
