export { createFindings, type Findings, type FindingsDeps } from './create-findings.ts';
