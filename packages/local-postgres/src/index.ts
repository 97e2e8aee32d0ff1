export { hotBackup, type BackupEntry } from './hot-backup.ts';
export { putBack } from './put-back.ts';
export { LocalPostgresError, type LocalPostgresErrorCode } from './errors.ts';
export {
  refuseUnreachable,
  startLocalPostgres,
  type LocalPostgres,
  type LocalPostgresOptions,
} from './start-local-postgres.ts';
