export { createFindings } from './create-findings.ts';
