export {
  knownImages,
  packageIdsOf,
  putInventory,
  readInventory,
  type StoredInventory,
} from './inventory-store.ts';
