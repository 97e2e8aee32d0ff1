import type { Inventory } from '@plimsoll/contracts';

/** What a document says of itself beside the inventory. */
export type DocumentFacts = {
  /** What whoever asked calls the image. */
  readonly imageName: string;
  readonly createdAt: Date;
};

/** One form in which an inventory leaves the scanner. The same inventory and facts give the same document. */
export interface InventoryFormat {
  /** What `--format` takes. */
  readonly id: string;
  readonly mediaType: string;
  write(inventory: Inventory, facts: DocumentFacts): string;
}
