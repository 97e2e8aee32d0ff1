import type { ColumnType, Generated } from 'kysely';

/** Written as JSON text, read as a value. */
type Json = ColumnType<unknown, string, string>;

export type ImportPolicyTable = {
  integration_id: string;
  policy: Json;
  next_run_at: Generated<Date>;
  baseline_at: Date | null;
  rules_changed_at: Generated<Date>;
  paused_at: Date | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
};

export type SyncRunTable = {
  id: Generated<string>;
  integration_id: string;
  status: Generated<string>;
  started_at: Generated<Date>;
  finished_at: Date | null;
  listing_complete: boolean | null;
  repositories: Generated<number>;
  tags: Generated<number>;
  to_import: Generated<number>;
  pruned: Generated<number>;
  warnings: ColumnType<unknown, string | undefined, string>;
  error_message: string | null;
  lease_until: Date | null;
  attempts: Generated<number>;
  catalogued_at: Date | null;
  lease_id: string | null;
  steps: ColumnType<unknown, string | undefined, string>;
  repository_errors: ColumnType<unknown, string | undefined, string>;
  matched: Generated<number>;
  already_imported: Generated<number>;
  tombstoned: Generated<number>;
  truncated: Generated<number>;
  rescans: Generated<number>;
  held: Generated<number>;
  restored: Generated<number>;
  prune_state: string | null;
  prune_reason: string | null;
  prune_changed_at: Date | null;
  policy: ColumnType<unknown, never, string>;
  policy_baseline_at: Date | null;
};

export type PrunedProjectTable = {
  run_id: string;
  project_id: string;
  repository: string;
  tag: string;
  reason: string;
  state: string;
  snapshot: ColumnType<unknown, string | null, string | null>;
  changed_at: Generated<Date>;
};

export type SyncRepositoryTable = {
  integration_id: string;
  repository: string;
  seen_run_id: string;
  listed_run_id: string | null;
  missed_run_id: string | null;
  is_first: Generated<boolean>;
  baseline_at: Date | null;
};

export type ObservationTable = {
  integration_id: string;
  repository: string;
  tag: string;
  digest: string | null;
  pushed_at: Date | null;
  pushed_at_kind: Generated<string>;
  first_seen_at: Date;
  last_run_id: string;
  in_first_listing: Generated<boolean>;
  baseline_at: Date | null;
  told_at: Date | null;
};

export type TombstoneTable = {
  integration_id: string;
  repository: string;
  tag: string;
  created_at: Generated<Date>;
};

export type DryRunRepositoryTable = { dry_run_id: string; repository: string; verdicts: Json };

export type DryRunTable = {
  id: Generated<string>;
  integration_id: string;
  status: Generated<string>;
  policy: Json;
  created_at: Generated<Date>;
  started_at: Date | null;
  completed_at: Date | null;
  lease_until: Date | null;
  error_message: string | null;
  result: ColumnType<unknown, string | null | undefined, string | null>;
  meta: ColumnType<unknown, string | null | undefined, string | null>;
  reasons: ColumnType<unknown, string | null | undefined, string | null>;
};
