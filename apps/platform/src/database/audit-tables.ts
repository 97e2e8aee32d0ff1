import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

/** Written as JSON text, read as a value; null when there is none. */
type MaybeJson = ColumnType<unknown, string | null, never>;

export type AuditEntryTable = {
  id: GeneratedAlways<number>;
  org_id: string | null;
  created_at: Generated<Date>;
  event: string;
  actor_kind: string;
  actor_id: string | null;
  actor_name: string;
  token_id: string | null;
  token_name: string | null;
  address: string | null;
  request_id: string | null;
  resource_type: string;
  resource_id: string | null;
  resource_name: string | null;
  project_id: string | null;
  before: MaybeJson;
  after: MaybeJson;
};
