import { cyclonedxVersions } from './cyclonedx-document.ts';
import { cyclonedxJson } from './cyclonedx-json.ts';
import { cyclonedxXml } from './cyclonedx-xml.ts';
import type { DocumentFacts, InventoryFormat } from './inventory-format.ts';
import { json } from './json.ts';
import { spdxJson } from './spdx-json.ts';

/** All forms in which an inventory can be written; `cyclonedx-json` and `cyclonedx-xml` are of the newest version. */
export const inventoryFormats: readonly InventoryFormat[] = [
  json,
  ...cyclonedxVersions.toReversed().flatMap((version) => [cyclonedxJson(version), cyclonedxXml(version)]),
  spdxJson,
];

export type { DocumentFacts, InventoryFormat };
export { cyclonedxJson, cyclonedxXml, spdxJson };
