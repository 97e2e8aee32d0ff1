import type { InventoryFormat } from './inventory-format.ts';

/** The inventory as agents send it (`Inventory` of @plimsoll/contracts). */
export const json: InventoryFormat = {
  id: 'json',
  mediaType: 'application/json',
  write: (inventory) => JSON.stringify(inventory, undefined, 2),
};
