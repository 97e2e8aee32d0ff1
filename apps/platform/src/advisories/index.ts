export { readDocuments } from './advisory-store.ts';
export { createAdvisories, type Advisories, type AdvisoriesDeps } from './create-advisories.ts';
export { exploitationOf, readExploitation, worstOf } from './exploitation.ts';
export {
  findVexDocument,
  listVexDocuments,
  putVexDocument,
  readVexText,
  removeVexDocuments,
  type VexDocumentRow,
} from './vex-store.ts';
export type { ImportReport } from './import-advisories.ts';
