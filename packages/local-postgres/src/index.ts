export { LocalPostgresError, type LocalPostgresErrorCode } from './errors.ts';
export { startLocalPostgres, type LocalPostgres, type LocalPostgresOptions } from './start-local-postgres.ts';
