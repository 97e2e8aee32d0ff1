import { cyclonedxDocument, type CycloneDxVersion } from './cyclonedx-document.ts';
import type { InventoryFormat } from './inventory-format.ts';

/** CycloneDX as JSON (ECMA-424). */
export function cyclonedxJson(version: CycloneDxVersion): InventoryFormat {
  return {
    id: version === '1.6' ? 'cyclonedx-json' : `cyclonedx${version}-json`,
    mediaType: `application/vnd.cyclonedx+json; version=${version}`,
    write: (inventory, facts) => {
      const $schema = `http://cyclonedx.org/schema/bom-${version}.schema.json`;
      return JSON.stringify({ $schema, ...cyclonedxDocument(inventory, facts, version) }, undefined, 2);
    },
  };
}
