export { createTriage, type Triage } from './create-triage.ts';
export type { Recount } from './triage-deps.ts';
