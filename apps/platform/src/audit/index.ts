export { createAudit } from './create-audit.ts';
export { noteChange, noteOfSystem, notePersonal, type Change } from './note-change.ts';
