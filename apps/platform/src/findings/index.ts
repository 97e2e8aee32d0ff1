export { createFindings } from './create-findings.ts';
export { awaitFindings } from './prioritize.ts';
