export { createTriage } from './create-triage.ts';
export type { Recount } from './triage-deps.ts';
