export { baseImages } from './base-images.ts';
export { readInventory, type StoredInventory } from './inventory-store.ts';
