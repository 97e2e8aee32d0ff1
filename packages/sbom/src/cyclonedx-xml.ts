import {
  cyclonedxDocument,
  type CycloneDxComponent,
  type CycloneDxDocument,
  type CycloneDxVersion,
} from './cyclonedx-document.ts';
import type { InventoryFormat } from './inventory-format.ts';
import { element, writeXml, type XmlElement } from './xml.ts';

/** CycloneDX as XML (ECMA-424); its schema fixes the order of the elements. */
export function cyclonedxXml(version: CycloneDxVersion): InventoryFormat {
  return {
    id: version === '1.6' ? 'cyclonedx-xml' : `cyclonedx${version}-xml`,
    mediaType: `application/vnd.cyclonedx+xml; version=${version}`,
    write: (inventory, facts) => writeXml(bom(cyclonedxDocument(inventory, facts, version))),
  };
}

function bom(document: CycloneDxDocument): XmlElement {
  const { specVersion, serialNumber, version, metadata, components, compositions } = document;
  const xmlns = `http://cyclonedx.org/schema/bom/${specVersion}`;
  return element('bom', { xmlns, serialNumber, version: String(version) }, [
    element('metadata', {}, [
      element('timestamp', {}, metadata.timestamp),
      element('tools', {}, tools(metadata.tools)),
      component(metadata.component),
    ]),
    element('components', {}, components.map(component)),
    element(
      'compositions',
      {},
      compositions.map(({ aggregate, assemblies }) =>
        element('composition', {}, [
          element('aggregate', {}, aggregate),
          element(
            'assemblies',
            {},
            assemblies.map((ref) => element('assembly', { ref }, [])),
          ),
        ]),
      ),
    ),
  ]);
}

function tools(described: CycloneDxDocument['metadata']['tools']): XmlElement[] {
  if ('components' in described) return [element('components', {}, described.components.map(component))];
  return described.map(({ name, version }) =>
    element('tool', {}, [element('name', {}, name), element('version', {}, version)]),
  );
}

function component(described: CycloneDxComponent): XmlElement {
  const { type, 'bom-ref': ref, hashes, properties, evidence } = described;
  const texts = (names: readonly ('group' | 'name' | 'version' | 'description' | 'purl')[]) =>
    names.flatMap((name) => (described[name] === undefined ? [] : [element(name, {}, described[name])]));
  return element('component', { type, ...(ref !== undefined && { 'bom-ref': ref }) }, [
    ...texts(['group', 'name', 'version', 'description']),
    ...list('hashes', hashes, ({ alg, content }) => element('hash', { alg }, content)),
    ...texts(['purl']),
    ...list('properties', properties, ({ name, value }) => element('property', { name }, value)),
    ...(evidence
      ? [
          element(
            'evidence',
            {},
            list('occurrences', evidence.occurrences, ({ location, additionalContext }) =>
              element('occurrence', {}, [
                element('location', {}, location),
                ...(additionalContext === undefined
                  ? []
                  : [element('additionalContext', {}, additionalContext)]),
              ]),
            ),
          ),
        ]
      : []),
  ]);
}

function list<T>(
  name: string,
  items: readonly T[] | undefined,
  toElement: (item: T) => XmlElement,
): XmlElement[] {
  return items && items.length > 0 ? [element(name, {}, items.map(toElement))] : [];
}
