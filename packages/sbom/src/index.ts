import { cyclonedxJson } from './cyclonedx-json.ts';
import { cyclonedxXml } from './cyclonedx-xml.ts';
import type { DocumentFacts, InventoryFormat } from './inventory-format.ts';
import { json } from './json.ts';
import { spdxJson } from './spdx-json.ts';

/** All forms in which an inventory can be written. */
export const inventoryFormats: readonly InventoryFormat[] = [json, cyclonedxJson, cyclonedxXml, spdxJson];

export type { DocumentFacts, InventoryFormat };
export { cyclonedxJson, cyclonedxXml, spdxJson };
