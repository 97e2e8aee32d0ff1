import { IgnoreKind, type Author, type Issue } from '@plimsoll/contracts';
import type { IgnoreRow } from './ignore-store.ts';

/** What an issue tells of the rule that ignores it. */
export function issueIgnore(row: IgnoreRow): NonNullable<Issue['attributes']['ignore']> {
  return {
    policy_id: row.id,
    ignore_type: IgnoreKind.parse(row.kind),
    reason: row.reason,
    ...(row.expires_at && { expires: row.expires_at.toISOString() }),
    disregard_if_fixable: row.until_fixed,
    scope: scopeOf(row),
    created_at: row.created_at.toISOString(),
    created_by: authorOf(row),
  };
}

/** Where a rule holds. */
export function scopeOf(row: Pick<IgnoreRow, 'repository' | 'tag'>): 'project' | 'target' | 'org' {
  if (row.repository === null) return 'org';
  return row.tag === null ? 'target' : 'project';
}

/** Who made a rule. */
export function authorOf(row: IgnoreRow): Author {
  return {
    id: row.created_by_id,
    name: row.created_by_name,
    ...(row.created_by_email !== null && { email: row.created_by_email }),
  };
}
