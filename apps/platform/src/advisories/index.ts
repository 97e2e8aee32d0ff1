export { createAdvisories, type Advisories, type AdvisoriesDeps } from './create-advisories.ts';
export { AdvisoryChanges } from './advisory-changes.ts';
export { readDocuments } from './advisory-store.ts';
export type { ImportReport } from './import-advisories.ts';
