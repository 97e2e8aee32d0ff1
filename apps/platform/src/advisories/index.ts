export { readDocuments } from './advisory-store.ts';
export { createAdvisories } from './create-advisories.ts';
export type { ImportReport } from './import-advisories.ts';
