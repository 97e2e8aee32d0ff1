import type { Generated } from 'kysely';

// The tables of the module triage; see schema.ts.

export type IgnoreRuleTable = {
  id: Generated<string>;
  org_id: string;
  vulnerability: string;
  package: string | null;
  integration_id: string | null;
  repository: string | null;
  tag: string | null;
  kind: string;
  reason: string;
  expires_at: Date | null;
  until_fixed: boolean;
  created_by_id: string;
  created_by_name: string;
  created_by_email: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
};

export type IgnoredVulnerabilityTable = {
  org_id: string;
  vulnerability: string;
  rule_id: string;
};

export type FindingVexTable = {
  finding_id: number;
  statement: number;
  org_id: string | null;
  status: string;
  is_suppressing: boolean;
  stated_at: Date;
  digest: string | null;
  repository: string | null;
  image_name: string | null;
  tag: string | null;
};
