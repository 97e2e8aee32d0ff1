import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { AuditEntryTable } from './audit-tables.ts';
import type { ProjectSnapshotTable } from './history-tables.ts';
import type { ImageReferenceTable, ImageTable, PackageTable } from './inventory-tables.ts';
import type {
  NotificationChannelTable,
  NotificationDeliveryTable,
  NotifiedEventTable,
  ProjectImageChangeTable,
} from './notification-tables.ts';
import type {
  DryRunRepositoryTable,
  DryRunTable,
  ImportPolicyTable,
  ObservationTable,
  PrunedProjectTable,
  SyncRepositoryTable,
  SyncRunTable,
  TombstoneTable,
} from './sync-tables.ts';
import type { FindingVexTable, IgnoredVulnerabilityTable, IgnoreRuleTable } from './triage-tables.ts';

/** The tables as the migrations make them. Column types are what `pg` reads: timestamptz is a Date, bigint a number. */
export type Database = {
  organization: OrganizationTable;
  person: PersonTable;
  membership: MembershipTable;
  invite: InviteTable;
  session: SessionTable;
  service_account: ServiceAccountTable;
  personal_token: PersonalTokenTable;
  integration: IntegrationTable;
  broker_token: BrokerTokenTable;
  replica: ReplicaTable;
  tunnel: TunnelTable;
  import_policy: ImportPolicyTable;
  sync_run: SyncRunTable;
  sync_repository: SyncRepositoryTable;
  observation: ObservationTable;
  pruned_project: PrunedProjectTable;
  tombstone: TombstoneTable;
  dry_run: DryRunTable;
  dry_run_repository: DryRunRepositoryTable;
  package: PackageTable;
  package_key: PackageKeyTable;
  image: ImageTable;
  image_reference: ImageReferenceTable;
  scan: ScanTable;
  advisory: AdvisoryTable;
  affected: AffectedTable;
  advisory_alias: AdvisoryAliasTable;
  alias: AliasTable;
  advisory_dump: AdvisoryDumpTable;
  advisory_feed: AdvisoryFeedTable;
  epss_score: EpssScoreTable;
  known_exploited: KnownExploitedTable;
  vex_document: VexDocumentTable;
  vex_statement: VexStatementTable;
  advisory_revision: AdvisoryRevisionTable;
  package_match: PackageMatchTable;
  finding: FindingTable;
  finding_event: FindingEventTable;
  finding_vex: FindingVexTable;
  ignore_rule: IgnoreRuleTable;
  ignored_vulnerability: IgnoredVulnerabilityTable;
  target: TargetTable;
  project: ProjectTable;
  import_job: ImportJobTable;
  push_event: PushEventTable;
  audit_entry: AuditEntryTable;
  notification_channel: NotificationChannelTable;
  notification_delivery: NotificationDeliveryTable;
  notified_event: NotifiedEventTable;
  project_image_change: ProjectImageChangeTable;
  project_snapshot: ProjectSnapshotTable;
};

/** Written as JSON text, read as a value. */
type Json = ColumnType<unknown, string, string>;

export type OrganizationTable = {
  id: Generated<string>;
  name: string;
  slug: string;
  is_personal: Generated<boolean>;
  deployed_clients: Generated<boolean>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
};

export type PersonTable = {
  id: Generated<string>;
  email: string;
  name: string;
  password_hash: string;
  created_at: Generated<Date>;
};

export type MembershipTable = {
  org_id: string;
  person_id: string;
  role: string;
  created_at: Generated<Date>;
};

export type InviteTable = {
  id: Generated<string>;
  org_id: string;
  email: string;
  role: string;
  token_hash: Buffer;
  created_at: Generated<Date>;
  expires_at: Date;
};

export type SessionTable = {
  token_hash: Buffer;
  person_id: string;
  created_at: Generated<Date>;
  expires_at: Date;
};

export type ServiceAccountTable = {
  id: Generated<string>;
  org_id: string;
  name: string;
  auth_type: string;
  role: string;
  token_hash: Buffer;
  created_at: Generated<Date>;
  expires_at: Date | null;
  last_used_at: Date | null;
};

export type PersonalTokenTable = {
  id: Generated<string>;
  person_id: string;
  name: string;
  token_hash: Buffer;
  created_at: Generated<Date>;
  expires_at: Date;
  last_used_at: Date | null;
};

export type IntegrationTable = {
  id: Generated<string>;
  org_id: string;
  type: string;
  profile_name: string;
  has_broker: Generated<boolean>;
  container_app_scan_enabled: Generated<boolean>;
  broker_last_seen_at: Date | null;
  last_push_event_at: Date | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
};

export type BrokerTokenTable = {
  id: Generated<string>;
  integration_id: string;
  token_hash: Buffer;
  allowed_addresses: string[] | null;
  certificate_sha256: string | null;
  created_at: Generated<Date>;
};

export type ReplicaTable = {
  id: string;
  url: string;
  lease_until: Date;
  started_at: Generated<Date>;
};

export type TunnelTable = {
  id: string;
  integration_id: string;
  token_id: string;
  replica_id: string;
  client_id: string;
  client_version: string;
  connected_at: Date;
  is_suspect: Generated<boolean>;
  slots_total: number | null;
  slots_free: number | null;
  has_agent: boolean | null;
  lost_at: Date | null;
};

export type ScanTable = {
  id: Generated<string>;
  org_id: string;
  integration_id: string;
  sync_run_id: string | null;
  repository: string;
  reference: string;
  platform: string;
  status: Generated<string>;
  attempts: Generated<number>;
  requested_at: Generated<Date>;
  dispatched_at: Date | null;
  lease_until: Date | null;
  not_before: Date | null;
  finished_at: Date | null;
  failure: ColumnType<unknown, string | null | undefined, string | null>;
  image_id: number | null;
};

export type AdvisoryTable = {
  id: string;
  ecosystem: string;
  modified: Date;
  published: Date | null;
  withdrawn: Date | null;
  document: Buffer;
  facts: Json;
  vanished_at: Date | null;
};

export type AffectedTable = {
  id: GeneratedAlways<number>;
  advisory_id: string;
  ecosystem: string;
  name: string;
  rule: Json;
};

export type AdvisoryAliasTable = {
  advisory_id: string;
  alias: string;
};

export type AliasTable = {
  id: string;
  group_id: string;
};

export type AdvisoryFeedTable = {
  ecosystem: string;
  source: string;
  advisories: Generated<number>;
  skipped: Generated<number>;
  newest_modified: Date | null;
  imported_at: Date | null;
  last_error: string | null;
  feed: Generated<string>;
  kind: Generated<string>;
  validator: string | null;
  compiled: Generated<number>;
  complete_at: Date | null;
  checked_at: Date | null;
  failed_at: Date | null;
};

export type AdvisoryDumpTable = {
  ecosystem: string;
  advisory_id: string;
  modified: Date;
  compiled: number;
  is_general: Generated<boolean>;
};

/** Days are texts, `2026-11-28`. */
export type EpssScoreTable = {
  cve: string;
  probability: number;
  percentile: number;
  model: string;
  scored_on: string;
};

export type KnownExploitedTable = {
  cve: string;
  name: string;
  added_on: string;
  due_on: string | null;
  used_by_ransomware: boolean;
  required_action: string | null;
};

export type VexDocumentTable = {
  id: GeneratedAlways<number>;
  org_id: string | null;
  document_id: string;
  name: string;
  format: string;
  author: string;
  version: string;
  issued_at: Date | null;
  imported_at: Generated<Date>;
  document: Buffer;
};

export type VexStatementTable = {
  id: GeneratedAlways<number>;
  document: number;
  vulnerability: string;
  aliases: string[];
  product: string;
  component: string | null;
  package: string;
  version: string | null;
  version_range: string | null;
  status: string;
  justification: string | null;
  impact: string | null;
  action: string | null;
  stated_at: Date | null;
};

export type AdvisoryRevisionTable = {
  is_only: Generated<boolean>;
  revision: number;
};

export type PackageMatchTable = {
  package_id: number;
  rules_version: number;
  matched_at: Generated<Date>;
  findings_hash: string | null;
};

export type PackageKeyTable = {
  ecosystem: string;
  name: string;
  package_id: number;
};

export type FindingTable = {
  id: GeneratedAlways<number>;
  package_id: number;
  vulnerability: string;
  severity: string;
  score: number | null;
  title: string;
  fix_state: string;
  fixed_in: string | null;
  hidden_reason: string | null;
  advisory_ids: string[];
  detail: Json;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  reopened_at: Date | null;
  priority: number | null;
};

export type FindingEventTable = {
  id: GeneratedAlways<number>;
  package_id: number;
  vulnerability: string;
  kind: string;
  cause: string;
  advisory_ids: string[];
  severity: string;
  hidden_reason: string | null;
  first_found_at: Date;
  at: Generated<Date>;
};

export type TargetTable = {
  id: Generated<string>;
  org_id: string;
  integration_id: string;
  name: string;
  created_at: Generated<Date>;
};

export type ProjectTable = {
  id: Generated<string>;
  number: GeneratedAlways<number>;
  org_id: string;
  integration_id: string;
  target_id: string;
  repository: string;
  tag: string;
  source: string;
  status: Generated<string>;
  digest: string | null;
  platform: string;
  pushed_at: Date | null;
  first_seen_at: Generated<Date>;
  image_id: number | null;
  scan_id: string | null;
  scan_status: Generated<string>;
  scan_error: string | null;
  scanned_at: Date | null;
  issue_counts: ColumnType<unknown, string | null | undefined, string | null>;
  issue_counts_at: Date | null;
  issue_ignored: ColumnType<unknown, string | null | undefined, string | null>;
  is_kept: Generated<boolean>;
  test_frequency: Generated<string>;
  next_test_at: Generated<Date>;
  test_error: string | null;
  tags: ColumnType<unknown, string | undefined, string>;
  business_criticality: Generated<string[]>;
  environment: Generated<string[]>;
  lifecycle: Generated<string[]>;
  created_at: Generated<Date>;
};

export type ImportJobTable = {
  id: Generated<string>;
  org_id: string;
  integration_id: string;
  name: string;
  project_id: string | null;
  created_at: Generated<Date>;
};

export type PushEventTable = {
  id: string;
  integration_id: string;
  sender: string;
  repository: string;
  tag: string;
  digest: string | null;
  pushed_at: Date | null;
  received_at: Date;
  created_at: Generated<Date>;
  attempts: Generated<number>;
  outcome: string | null;
  reason: string | null;
  decided_at: Date | null;
};
