import { ignoreFields, IgnoreKind, type IgnorePolicy } from '@plimsoll/contracts';
import type { IgnoreRow } from './ignore-store.ts';
import { authorOf, scopeOf } from './issue-ignore.ts';

type Condition = IgnorePolicy['attributes']['conditions_group']['conditions'][number];

/** A rule as the API shows it. */
export function policyResource(row: IgnoreRow, at: Date): IgnorePolicy {
  const scope = scopeOf(row);
  const name = scopeName(row);
  return {
    id: row.id,
    type: 'policy',
    attributes: {
      name: name === undefined ? row.vulnerability : `${row.vulnerability} in ${name}`.slice(0, 255),
      action_type: 'ignore',
      action: {
        data: {
          ignore_type: IgnoreKind.parse(row.kind),
          reason: row.reason,
          ...(row.expires_at && { expires: row.expires_at.toISOString() }),
          disregard_if_fixable: row.until_fixed,
        },
      },
      conditions_group: { logical_operator: 'and', conditions: conditionsOf(row) },
      review: 'not-required',
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      created_by: authorOf(row),
    },
    meta: {
      scope,
      ...(name !== undefined && { scope_name: name }),
      is_expired: row.expires_at !== null && row.expires_at <= at,
    },
  };
}

/** An image that is gone is told by its name. */
function conditionsOf(row: IgnoreRow): Condition[] {
  const includes = (field: Condition['field'], value: string): Condition => ({
    field,
    operator: 'includes',
    value,
  });
  const scope = scopeOf(row);
  const name = scopeName(row) ?? '';
  return [
    includes(ignoreFields.finding, row.vulnerability),
    ...(row.package === null ? [] : [includes(ignoreFields.package, row.package)]),
    ...(scope === 'project' ? [includes(ignoreFields.project, row.project_id ?? name)] : []),
    ...(scope === 'target' ? [includes(ignoreFields.target, row.target_id ?? name)] : []),
  ];
}

function scopeName({ repository, tag }: IgnoreRow): string | undefined {
  if (repository === null) return undefined;
  return tag === null ? repository : `${repository}:${tag}`;
}
