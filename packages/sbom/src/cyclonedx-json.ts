import { cyclonedxDocument } from './cyclonedx-document.ts';
import type { InventoryFormat } from './inventory-format.ts';

/** CycloneDX 1.6 as JSON (ECMA-424). */
export const cyclonedxJson: InventoryFormat = {
  id: 'cyclonedx-json',
  mediaType: 'application/vnd.cyclonedx+json; version=1.6',
  write: (inventory, facts) => {
    const $schema = 'http://cyclonedx.org/schema/bom-1.6.schema.json';
    return JSON.stringify({ $schema, ...cyclonedxDocument(inventory, facts) }, undefined, 2);
  },
};
