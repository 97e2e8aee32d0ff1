import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

export type NotificationChannelTable = {
  id: Generated<string>;
  org_id: string;
  kind: string;
  name: string;
  target: string;
  sealed_secret: Buffer | null;
  min_severity: string;
  /** What a webhook is sent: issues_digest, project_snapshot. */
  payload: Generated<string>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  last_attempt_at: Date | null;
  last_delivered_at: Date | null;
  last_error: string | null;
};

export type NotificationDeliveryTable = {
  id: Generated<string>;
  channel_id: string;
  /** Written as JSON text, read as a value. */
  message: ColumnType<unknown, string, never>;
  status: Generated<string>;
  attempts: Generated<number>;
  last_error: string | null;
  created_at: Generated<Date>;
  finished_at: Date | null;
};

export type NotifiedEventTable = { org_id: string; finding_event_id: number };

export type ProjectImageChangeTable = {
  id: GeneratedAlways<number>;
  integration_id: string;
  project_id: string;
  before_image: number | null;
  after_image: number;
  at: Generated<Date>;
};
