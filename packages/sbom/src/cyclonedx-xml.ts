import { cyclonedxDocument, type CycloneDxComponent } from './cyclonedx-document.ts';
import type { InventoryFormat } from './inventory-format.ts';
import { element, writeXml, type XmlElement } from './xml.ts';

/** CycloneDX 1.6 as XML (ECMA-424); its schema fixes the order of the elements. */
export const cyclonedxXml: InventoryFormat = {
  id: 'cyclonedx-xml',
  mediaType: 'application/vnd.cyclonedx+xml; version=1.6',
  write: (inventory, facts) => {
    const { serialNumber, version, metadata, components, compositions } = cyclonedxDocument(inventory, facts);
    const root = { xmlns: 'http://cyclonedx.org/schema/bom/1.6', serialNumber, version: String(version) };
    return writeXml(
      element('bom', root, [
        element('metadata', {}, [
          element('timestamp', {}, metadata.timestamp),
          element('tools', {}, [element('components', {}, metadata.tools.components.map(component))]),
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
      ]),
    );
  },
};

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
                element('additionalContext', {}, additionalContext),
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
