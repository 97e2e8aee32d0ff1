export { createAudit } from './create-audit.ts';
export { noteAs, noteChange, noteOfSystem, notePersonal, type Change } from './note-change.ts';
