export { readInventory } from './inventory-store.ts';
